package io.tidemark.gateway.replication;

import java.io.IOException;
import java.util.concurrent.CompletionStage;

/**
 * The log of one replication group, as its leader sees it.
 *
 * <p>Indexes count up from 0 or 1 and are never reused. Not every index is data: the engine and the
 * forwarded marks take some for themselves, and {@link #read} passes over them.
 *
 * <p>All methods may be called from any thread. Only {@link #read} and {@link #close} may block.
 */
public interface ReplicatedLog extends AutoCloseable {

  /** Name of the group, that of its preferred leader. */
  String group();

  /**
   * Appends an entry.
   *
   * <p>The stage completes with the entry's index once a majority has fsynced it. It fails with
   * {@link NotProposedException} when the entry certainly is not in the log and never will be; any
   * other failure, and never completing, leave it open whether it is.
   *
   * @param entry the bytes, not to be changed afterwards; at most {@code Limits.ENTRY_MAX_BYTES}
   * @param readings how many readings are in it, for the counts
   */
  CompletionStage<Long> propose(byte[] entry, int readings);

  /**
   * Reads committed data entries in order, beginning with the first at {@code from} or after.
   *
   * @param from lowest index to look at; above the mark's
   * @param maxBytes entries are added while their sum stays within this; at least one is, if there
   *     is one
   * @throws IOException if the log cannot be read
   */
  Chunk read(long from, int maxBytes) throws IOException;

  /**
   * Highest index that is committed and applied here, whatever its kind; at least that of every
   * entry whose proposal has completed. -1 if there is none.
   */
  long committedIndex();

  /** How far the group's entries are forwarded, as last committed. */
  Mark mark();

  /**
   * Replicates that everything up to the mark is forwarded, and lets go of what it can of the log.
   *
   * @param mark not below the present one
   */
  CompletionStage<Long> advance(Mark mark);

  /** What has been counted since this process started. */
  Counts counts();

  /** Whether it can commit now, and if not, why. */
  State state();

  /** How much of its place it takes. */
  Usage usage();

  /** Sets what is called after every commit; it must return at once. One listener at most. */
  void onCommit(Runnable listener);

  /** Stops. Nothing committed is lost. Open proposals may never complete. */
  @Override
  void close();
}
