package io.tidemark.gateway.forward;

import java.util.concurrent.atomic.LongAdder;

/** What the forwarder has done since it started. Thread-safe. */
final class ForwardCounters {
  final LongAdder readingsForwarded = new LongAdder();
  final LongAdder requestsStored = new LongAdder();
  final LongAdder requestsFailed = new LongAdder();
  final LongAdder requestsRejected = new LongAdder();
  final LongAdder resends = new LongAdder();
  final LongAdder readFailures = new LongAdder();
}
