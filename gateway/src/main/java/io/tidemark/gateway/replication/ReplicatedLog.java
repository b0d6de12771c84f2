package io.tidemark.gateway.replication;

import java.io.IOException;
import java.util.concurrent.CompletionStage;

/**
 * The log of one replication group, as its leader sees it.
 *
 * <p>Indexes count up from 0 or 1 and are never reused. Not every index is data: the engine and the
 * forwarded marks take some for themselves, and {@link #read} passes over them.
 *
 * <p>All methods may be called from any thread. Only {@link #read} may block.
 */
public interface ReplicatedLog extends Proposer {

  /** Name of the group, that of its preferred leader. */
  String group();

  /**
   * Number of the leadership that lasts, -1 while this gateway does not lead. It is another one
   * each time, in this process.
   */
  long leadership();

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
   * entry whose proposal has completed. -1 if there is none. In a log that is closed, the last
   * before the close.
   */
  long committedIndex();

  /**
   * The same, once a majority has confirmed that this gateway still leads: so it is at least that
   * of every entry that was acknowledged anywhere before this was called. Fails where it does not
   * lead.
   */
  CompletionStage<Long> confirmedIndex();

  /** How far the group's entries are forwarded, as last committed. */
  Mark mark();

  /**
   * Replicates that everything up to the mark is forwarded, and lets go of what it can of the log.
   *
   * @param mark not below the present one
   */
  CompletionStage<Long> advance(Mark mark);

  /**
   * Whether it is closed for good, its gateway being of the cluster no more: nothing will be
   * committed in it.
   */
  boolean closed();

  /** Says that ingest knows of everything in a closed log to be forwarded: it is of no more use. */
  void ended();

  /** Sets what is called after every commit; it must return at once. One listener at most. */
  void onCommit(Runnable listener);
}
