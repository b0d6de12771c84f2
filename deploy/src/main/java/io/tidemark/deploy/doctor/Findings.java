package io.tidemark.deploy.doctor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What was found so far, by all who look at the same time. Thread-safe. */
public final class Findings {
  private static final Comparator<Finding> ORDER =
      Comparator.comparing(Finding::check).thenComparing(Finding::where);

  private final List<Finding> all = new ArrayList<>();

  synchronized void add(Finding finding) {
    all.add(finding);
  }

  void ok(Check check, String where, String what) {
    add(Finding.ok(check, where, what));
  }

  void found(Kind kind, String where, String what) {
    add(Finding.of(kind, where, what));
  }

  /** All, by what was looked at, then by part. */
  public synchronized List<Finding> all() {
    return all.stream().sorted(ORDER).toList();
  }

  /** Whether nothing is wrong. */
  public boolean isClean() {
    return all().stream().allMatch(finding -> finding.severity() == Severity.OK);
  }

  private long count(Severity severity) {
    return all().stream().filter(finding -> finding.severity() == severity).count();
  }

  /** A table of all, the worst first, and under each that is wrong what to do. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        isClean()
            ? "Nothing is wrong: %,d things were looked at.".formatted(all().size())
            : "Faults: %,d. Warnings: %,d. In order: %,d."
                .formatted(count(Severity.FAULT), count(Severity.WARNING), count(Severity.OK)));
    lines.add("");
    int width = all().stream().mapToInt(finding -> finding.where().length()).max().orElse(0);
    String form = "%-8s %-12s %-" + Math.max(1, width) + "s  %s";
    List<Finding> worstFirst =
        all().stream()
            .sorted(Comparator.comparing(Finding::severity).reversed().thenComparing(ORDER))
            .toList();
    for (Finding finding : worstFirst) {
      lines.add(
          form.formatted(
                  finding.severity() == Severity.OK ? "ok" : finding.severity().name(),
                  finding.check().word(),
                  finding.where(),
                  finding.what())
              .stripTrailing());
      Kind kind = finding.kind();
      if (kind != null) {
        lines.add(" ".repeat(9) + "-> " + kind.todo() + " [" + kind.code() + "]");
      }
    }
    return lines;
  }

  /** All for scripts. */
  public ObjectNode json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("verdict", isClean() ? "clean" : "findings");
    root.put("faults", count(Severity.FAULT));
    root.put("warnings", count(Severity.WARNING));
    ArrayNode findings = root.putArray("findings");
    for (Finding finding : all()) {
      Kind kind = finding.kind();
      findings
          .addObject()
          .put("check", finding.check().word())
          .put("severity", finding.severity().word())
          .put("finding", kind == null ? null : kind.code())
          .put("where", finding.where())
          .put("what", finding.what())
          .put("todo", kind == null ? null : kind.todo());
    }
    return root;
  }
}
