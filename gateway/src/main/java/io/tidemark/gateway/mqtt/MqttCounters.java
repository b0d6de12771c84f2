package io.tidemark.gateway.mqtt;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What is worth counting beside readings. Thread-safe. */
final class MqttCounters {
  /** Messages that came again in a session, while the first had no answer. */
  final LongAdder recognized = new LongAdder();

  // QoS 0: nothing is promised, so it is at least counted.
  final LongAdder qos0Taken = new LongAdder();
  final LongAdder qos0Committed = new LongAdder();
  final LongAdder qos0Lost = new LongAdder();

  /** Times a connection was not read from, because it had sent its packets of this second. */
  final LongAdder throttled = new LongAdder();

  /** The same because its address had sent its packets of this second. */
  final LongAdder throttledByAddress = new LongAdder();

  /** The same because its device had sent more than it may. */
  final LongAdder throttledByDevice = new LongAdder();

  /** The same because all devices of its site had. */
  final LongAdder throttledBySite = new LongAdder();

  private final Map<CloseReason, LongAdder> closed = new EnumMap<>(CloseReason.class);

  MqttCounters() {
    for (CloseReason reason : CloseReason.values()) {
      closed.put(reason, new LongAdder());
    }
  }

  void closed(CloseReason reason) {
    adder(reason).increment();
  }

  long closedFor(CloseReason reason) {
    return adder(reason).sum();
  }

  private LongAdder adder(CloseReason reason) {
    LongAdder adder = closed.get(reason);
    if (adder == null) {
      throw new IllegalStateException("no counter for " + reason);
    }
    return adder;
  }
}
