package io.tidemark.ingest.ledger;

import java.util.List;

/**
 * What recomputing {@code stored} from the rows came to.
 *
 * @param agreed true if ledger and rows said the same of every number, and no number had two rows
 * @param dryRun true if differences were left as they were
 * @param epochs the epochs where they differed
 */
public record RebuildReport(boolean agreed, boolean dryRun, List<EpochDifference> epochs) {
  /**
   * A difference.
   *
   * @param device whose
   * @param epoch which
   * @param before numbers the ledger had as stored
   * @param after numbers that have rows
   * @param duplicates rows beyond the first of a number
   * @param added numbers with rows that the ledger did not have as stored; at most {@link
   *     Ledger#RANGES_MAX} ranges
   * @param removed numbers it had as stored that have no row; likewise
   */
  public record EpochDifference(
      String device,
      long epoch,
      long before,
      long after,
      long duplicates,
      List<Range> added,
      List<Range> removed) {}
}
