package io.tidemark.agent.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a journal needs to know.
 *
 * @param dir its folder; created if missing; one journal, one process
 * @param device who takes the readings; another name than the journal's begins a new epoch
 * @param maxBytes most bytes of encoded batches kept, those set aside included; beyond it first
 *     what was set aside goes, then the oldest batches are dropped, and declared
 * @param maxAge batches older than this are dropped, and declared
 * @param commitInterval how long readings may be collected before they are committed together
 */
public record JournalSettings(
    Path dir, String device, long maxBytes, Duration maxAge, Duration commitInterval) {

  /** Most readings in one batch; a full batch is committed without waiting for the interval. */
  static final int BATCH_MAX_READINGS = 1_000;

  /** Most bytes, by a generous estimate, in one batch; a quarter of what the wire allows. */
  static final int BATCH_MAX_BYTES = 256 << 10;

  /** Most bytes, by the same estimate, in one reading; a larger one is not taken. */
  static final int READING_MAX_BYTES = 64 << 10;

  /**
   * Most readings that wait in memory while the disk refuses; further ones are lost before
   * recording, and counted.
   */
  static final int PENDING_MAX_READINGS = 10_000;

  /** Acknowledgements are written down together: after this many ... */
  static final int ACKS_MAX_UNWRITTEN = 256;

  /** ... or after this long. Losing them to a power cut costs only sending again. */
  static final Duration ACKS_MAX_DELAY = Duration.ofSeconds(1);

  /** How often the age of the oldest batches is looked at. */
  static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(10);

  /**
   * A clock further behind the newest reading than this begins a new epoch; a smaller step back is
   * smoothed over.
   */
  static final Duration CLOCK_STEP_BACK_MAX = Duration.ofMinutes(1);

  /** Shortest and longest pause before a disk that refused is tried again. */
  static final Duration RETRY_MIN = Duration.ofSeconds(1);

  static final Duration RETRY_MAX = Duration.ofSeconds(30);

  /** Most epochs remembered after they are finished (for the sums of {@code journal}). */
  static final int FINISHED_EPOCHS_MAX = 1_000;
}
