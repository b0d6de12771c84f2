package io.tidemark.gateway.coap;

import io.tidemark.identity.UntrustedException.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Non-confirmable deliveries, for which nothing is promised, datagrams that are no delivery at all,
 * and handshakes that led to nothing. Thread-safe.
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

  /** What was decrypted and dropped, as too much waited. */
  final LongAdder backlog = new LongAdder();

  /** Handshakes that DTLS itself ended: a version or cipher, something broken, no answer. */
  final LongAdder handshakes = new LongAdder();

  /** Handshakes with a key that is not the one of the device they name; or there is no such. */
  final LongAdder wrongKeys = new LongAdder();

  private final Map<Reason, LongAdder> untrusted = new EnumMap<>(Reason.class);

  CoapCounters() {
    for (Reason reason : Reason.values()) {
      untrusted.put(reason, new LongAdder());
    }
  }

  void untrusted(Reason reason) {
    adder(reason).increment();
  }

  long untrustedFor(Reason reason) {
    return adder(reason).sum();
  }

  private LongAdder adder(Reason reason) {
    LongAdder adder = untrusted.get(reason);
    if (adder == null) {
      throw new IllegalStateException("no counter for " + reason);
    }
    return adder;
  }
}
