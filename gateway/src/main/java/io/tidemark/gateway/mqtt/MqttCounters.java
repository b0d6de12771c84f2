package io.tidemark.gateway.mqtt;

import java.util.concurrent.atomic.LongAdder;

/** What is worth counting beside readings. Thread-safe. */
final class MqttCounters {
  /** Messages that came again in a session, while the first had no answer. */
  final LongAdder recognized = new LongAdder();

  // QoS 0: nothing is promised, so it is at least counted.
  final LongAdder qos0Taken = new LongAdder();
  final LongAdder qos0Committed = new LongAdder();
  final LongAdder qos0Lost = new LongAdder();
}
