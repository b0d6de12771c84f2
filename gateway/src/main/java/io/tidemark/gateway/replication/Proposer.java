package io.tidemark.gateway.replication;

import java.util.concurrent.CompletionStage;

/**
 * Where the intake's entries go: this gateway's group, whoever leads it. All methods may be called
 * from any thread, and return at once.
 */
public interface Proposer {

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

  /** Whether what is proposed now can be expected to commit, and if not, why. */
  State state();

  /** How much the log takes of its place. */
  Usage usage();

  /** What has been counted since this process started. */
  Counts counts();
}
