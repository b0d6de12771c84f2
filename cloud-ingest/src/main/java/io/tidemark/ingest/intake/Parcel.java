package io.tidemark.ingest.intake;

import io.tidemark.wire.Batch;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A delivery, decoded as far as it could be. Belongs to the writing thread. */
final class Parcel {
  final String device;
  final byte[] payload;
  final long receivedAtNanos;

  /** How often the same bytes came before within the same log entry. */
  final int occurrence;

  /** The batch; null if the payload is none, or is not for this device. */
  final @Nullable Batch batch;

  /** Why there is no batch; empty if there is one. */
  final String problem;

  final boolean mismatch;
  boolean redelivered;

  /**
   * The numbers that come from the quarantine, at an operator's word; null if it comes from a
   * gateway, whole. What is replayed is no redelivery.
   */
  @Nullable Set<Long> replayed;

  /** True if this number of its batch is to be looked at. */
  boolean has(long sequence) {
    return replayed == null || replayed.contains(sequence);
  }

  Parcel(
      String device,
      byte[] payload,
      long receivedAtNanos,
      int occurrence,
      @Nullable Batch batch,
      String problem,
      boolean mismatch) {
    this.device = device;
    this.payload = payload;
    this.receivedAtNanos = receivedAtNanos;
    this.occurrence = occurrence;
    this.batch = batch;
    this.problem = problem;
    this.mismatch = mismatch;
  }
}
