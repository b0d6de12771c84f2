package io.tidemark.gateway.mqtt;

import java.util.concurrent.atomic.LongAdder;

/** QoS 0 messages: nothing is promised for them, so they are at least counted. Thread-safe. */
final class MqttCounters {
  final LongAdder qos0Taken = new LongAdder();
  final LongAdder qos0Committed = new LongAdder();
  final LongAdder qos0Lost = new LongAdder();
}
