package io.tidemark.gateway;

import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.gateway.replication.ReplicatedLog;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For how long the oldest entry of a log has waited to be forwarded. The entry is read once for
 * each mark, and only when somebody asks. Thread-safe; asking may block for one read.
 */
final class OldestWaiting {
  private static final Logger LOG = LoggerFactory.getLogger(OldestWaiting.class);

  private final ReplicatedLog log;
  private final Clock clock;

  /** The first entry above this index was received at that time, if that is known: then not 0. */
  private long above;

  private long receivedAtNanos;

  OldestWaiting(ReplicatedLog log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * Milliseconds since the first entry above an index was received, by this machine's clock, at
   * least 1; 0 if there is none, or it cannot be read now.
   */
  synchronized long millisAbove(long forwarded) {
    if (receivedAtNanos == 0 || above != forwarded) {
      above = forwarded;
      receivedAtNanos = receivedAt(forwarded + 1);
    }
    long now = TimeUnit.MILLISECONDS.toNanos(clock.millis());
    return receivedAtNanos == 0
        ? 0
        : Math.max(1, TimeUnit.NANOSECONDS.toMillis(now - receivedAtNanos));
  }

  /** When the first entry from an index on was received; 0 if there is none. */
  private long receivedAt(long from) {
    try {
      for (CommittedEntry entry : log.read(from, 1).entries()) {
        return ForwardCodec.decodeEntry(entry.bytes()).receivedAtNanos();
      }
    } catch (IOException | WireFormatException e) {
      // The forwarder meets the same and counts it.
      LOG.debug("The age of what waits in group {} is not known", log.group(), e);
    }
    return 0;
  }
}
