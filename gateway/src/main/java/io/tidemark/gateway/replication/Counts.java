package io.tidemark.gateway.replication;

/**
 * Readings counted since the process started.
 *
 * <p>A leadership begins with what is in the log and not forwarded: it is counted as taken from
 * others and committed, as is what other gateways pass to the leader.
 *
 * @param others readings committed here, or found committed, that this gateway's devices did not
 *     send just now
 * @param committed those, and the readings committed here that they did send
 * @param ended of {@code committed}, what was counted in leaderships that have ended
 * @param passed readings that this gateway passed to another that leads its group, and that are
 *     committed there
 */
public record Counts(long others, long committed, long ended, long passed) {
  /** Nothing. */
  public static final Counts NONE = new Counts(0, 0, 0, 0);

  /** The sum, for several groups together. */
  public Counts plus(Counts more) {
    return new Counts(
        others + more.others, committed + more.committed, ended + more.ended, passed + more.passed);
  }
}
