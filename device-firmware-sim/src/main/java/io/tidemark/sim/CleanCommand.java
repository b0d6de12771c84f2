package io.tidemark.sim;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.sim.record.RecordRefusedException;
import io.tidemark.sim.record.RecordRemoval;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sim clean}: removes records that are not needed any more. */
@Command(
    name = "clean",
    mixinStandardHelpOptions = true,
    description = {
      "Removes records that run and replay made.",
      "",
      "Only folders that hold a record and nothing else are removed, and none that a running"
          + " process writes to; what is refused is left as it is, and named. What waits in a"
          + " removed record is not sent any more, and it cannot be verified.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sim clean --record /var/tmp/rec",
      "  sim clean --all --dry-run",
      "",
      "Exit codes: 0 removed (or nothing to remove), 2 something was left (it says why), 64 wrong"
          + " usage."
    })
final class CleanCommand implements Callable<Integer> {
  /** One of them has to be given. */
  private static final class Which {
    @Option(
        names = "--record",
        required = true,
        paramLabel = "DIR",
        description = "The folder of a record; repeat for more.")
    private List<Path> records = new ArrayList<>();

    @Option(
        names = "--all",
        required = true,
        description =
            "All in the folder for temporary files: the records of runs without --record.")
    private boolean all;
  }

  @ArgGroup(multiplicity = "1")
  private Which which = new Which();

  @Option(names = "--dry-run", description = "Say what would be removed, and remove nothing.")
  private boolean dryRun;

  @Option(
      names = "--json",
      description = "Progress goes to stderr, and the last line of stdout is the result.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<Path> folders =
        which.all
            ? RecordRemoval.unnamedIn(Path.of(System.getProperty("java.io.tmpdir")))
            : which.records;
    PrintStream progress = json ? System.err : System.out;
    Map<Path, Long> removed = new LinkedHashMap<>();
    Map<Path, String> left = new LinkedHashMap<>();
    for (Path folder : folders) {
      try {
        long bytes = dryRun ? RecordRemoval.check(folder) : RecordRemoval.remove(folder);
        removed.put(folder, bytes);
        progress.printf("%s %s, %,d bytes%n", dryRun ? "would remove" : "removed", folder, bytes);
      } catch (RecordRefusedException e) {
        left.put(folder, Failures.inWords(e));
      } catch (NoSuchFileException e) {
        left.put(folder, "there is no folder " + folder);
      } catch (IOException e) {
        left.put(folder, folder + " cannot be removed: " + e);
      }
    }
    left.values().forEach(reason -> TidemarkSim.complain("left: " + reason));
    long bytes = removed.values().stream().mapToLong(Long::longValue).sum();
    progress.printf(
        "%s %d of %d records, %,d bytes%n",
        dryRun ? "would remove" : "removed", removed.size(), folders.size(), bytes);
    if (json) {
      System.out.println(result(removed, left, bytes));
    }
    return left.isEmpty() ? 0 : TidemarkSim.FAILED;
  }

  private String result(Map<Path, Long> removed, Map<Path, String> left, long bytes)
      throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      out.writeBooleanField("dryRun", dryRun);
      out.writeNumberField("bytes", bytes);
      out.writeArrayFieldStart("removed");
      for (Map.Entry<Path, Long> one : removed.entrySet()) {
        out.writeStartObject();
        out.writeStringField("folder", one.getKey().toString());
        out.writeNumberField("bytes", one.getValue());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeArrayFieldStart("left");
      for (Map.Entry<Path, String> one : left.entrySet()) {
        out.writeStartObject();
        out.writeStringField("folder", one.getKey().toString());
        out.writeStringField("reason", one.getValue());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    return text.toString();
  }
}
