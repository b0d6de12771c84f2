package io.tidemark.deploy.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * What became of everything that was produced.
 *
 * @param word clean if nothing is waiting, missing or there twice; unknown if it could not be
 *     checked
 * @param sums produced by the producers' own records, the rest by the ledger
 * @param refused readings the gateways refused for good; if some were killed, at least so many
 * @param differing problems found by comparing the simulator's record with the rows, value by value
 * @param faults faults on purpose that were carried out
 * @param seed what the simulated values and the faults were made from
 * @param seconds how long the sources ran
 * @param remark why it is not clean, or nothing
 */
public record Verdict(
    Word word,
    Sums sums,
    long refused,
    int differing,
    int faults,
    long seed,
    double seconds,
    String remark) {

  /** The three verdicts. */
  public enum Word {
    CLEAN,
    UNCLEAN,
    UNKNOWN
  }

  /** One line of JSON. */
  public String toJson() {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("verdict", word.name().toLowerCase(Locale.ROOT));
    node.put("produced", sums.produced());
    node.put("waiting", sums.waiting());
    node.put("stored", sums.stored());
    node.put("quarantined", sums.quarantined());
    node.put("dropped", sums.dropped());
    node.put("missing", sums.missing());
    node.put("duplicates", sums.duplicates());
    node.put("redelivered", sums.redelivered());
    node.put("refused", refused);
    node.put("differing", differing);
    node.put("faults", faults);
    node.put("seed", seed);
    node.put("seconds", Math.round(seconds * 10) / 10.0);
    if (!remark.isEmpty()) {
      node.put("remark", remark);
    }
    return node.toString();
  }

  /** A few lines for people. */
  public String toText() {
    String sentence =
        switch (word) {
          case CLEAN -> "Clean: every reading is accounted for.";
          case UNCLEAN -> "Unclean: " + remark;
          case UNKNOWN -> "Unknown: " + remark;
        };
    return """

    %s

      produced     %,12d
      stored       %,12d
      quarantined  %,12d
      dropped      %,12d
      waiting      %,12d
      missing      %,12d
      duplicates   %,12d
    """
        .formatted(
            sentence,
            sums.produced(),
            sums.stored(),
            sums.quarantined(),
            sums.dropped(),
            sums.waiting(),
            sums.missing(),
            sums.duplicates());
  }
}
