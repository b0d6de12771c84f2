package io.tidemark.sim.report;

import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.verify.Sums;
import io.tidemark.sim.verify.Verdict;
import io.tidemark.sim.view.Numbers;
import io.tidemark.sim.view.RunReport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run came to, in one sentence.
 *
 * @param style its class in the style sheet
 * @param word the verdict
 * @param sentence the numbers behind it
 */
record Headline(String style, String word, String sentence) {

  static Headline of(RunReport run, @Nullable Verdict verdict, @Nullable String unchecked) {
    if (verdict == null) {
      return unverified(run.total(), String.valueOf(unchecked));
    }
    return verdict.clean()
        ? new Headline("clean", "Clean.", clean(verdict.sums()))
        : new Headline("unclean", "Unclean.", unclean(verdict));
  }

  private static Headline unverified(FleetStats.Snapshot total, String why) {
    boolean accountedFor = total.waiting() == 0 && total.undeclared() == 0;
    boolean all = accountedFor && total.dropped() == 0;
    List<String> parts = new ArrayList<>();
    parts.add(
        (all ? "All %s readings were acknowledged" : "%s readings were acknowledged")
            .formatted(Numbers.count(total.acknowledged())));
    add(parts, total.dropped(), "dropped and declared");
    add(parts, total.undeclared(), "refused and not declared");
    add(parts, total.waiting(), "wait");
    String sums = String.join(", ", parts);
    String style = accountedFor ? "unknown" : "unclean";
    return new Headline(style, "Not verified.", "%s; %s.".formatted(sums, why));
  }

  private static String clean(Sums sums) {
    List<String> parts = new ArrayList<>();
    add(parts, sums.stored(), "stored once and as they were");
    add(parts, sums.quarantined(), "set aside");
    add(parts, sums.dropped(), "dropped and declared");
    return "%s readings produced, all accounted for: %s."
        .formatted(
            Numbers.count(sums.produced()), parts.isEmpty() ? "0" : String.join(", ", parts));
  }

  private static String unclean(Verdict verdict) {
    Sums sums = verdict.sums();
    List<String> parts = new ArrayList<>();
    add(parts, sums.missing(), "missing");
    add(parts, sums.duplicates(), "stored more than once");
    add(parts, sums.waiting(), "still waiting");
    long problems = verdict.problems().size() + verdict.unnamedProblems();
    add(parts, problems, problems == 1 ? "problem named below" : "problems named below");
    return "Of %s readings produced: %s."
        .formatted(Numbers.count(sums.produced()), String.join(", ", parts));
  }

  private static void add(List<String> parts, long count, String what) {
    if (count > 0) {
      parts.add(Numbers.count(count) + " " + what);
    }
  }
}
