package io.tidemark.sim.scenario;

import java.util.Arrays;
import java.util.Collection;

/** What somebody may have meant. */
final class Nearest {
  private Nearest() {}

  /**
   * " (did you mean X?)" with the known word that differs in the fewest letters, or nothing if half
   * of it and more would have to change.
   */
  static String hint(String word, Collection<String> known) {
    String nearest = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(word, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return 2 * least < nearest.length() ? " (did you mean " + nearest + "?)" : "";
  }

  /** Letters to put in, take out or change (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
