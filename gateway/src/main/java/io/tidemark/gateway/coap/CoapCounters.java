package io.tidemark.gateway.coap;

import java.util.concurrent.atomic.LongAdder;

/**
 * Non-confirmable deliveries, for which nothing is promised, and datagrams that are no delivery at
 * all. Thread-safe.
 */
final class CoapCounters {
  final LongAdder nonTaken = new LongAdder();
  final LongAdder nonCommitted = new LongAdder();
  final LongAdder nonLost = new LongAdder();

  /** Datagrams that are not CoAP, or have options this gateway must not ignore. */
  final LongAdder malformed = new LongAdder();

  /** Datagrams nobody looked at, of addresses that sent too many. */
  final LongAdder tooFast = new LongAdder();

  /** Datagrams there was no room to send. */
  final LongAdder unsent = new LongAdder();
}
