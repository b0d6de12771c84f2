package io.tidemark.sim.record;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What an edge agent that runs beside the devices keeps in a record's folder.
 *
 * <pre>
 * DIR/hardware/agent.yaml     its configuration
 * DIR/hardware/agent.log      what it logged
 * DIR/hardware/agent.pid      its process id, while it runs
 * DIR/hardware/journal/       its journal
 * DIR/hardware/journal.json   what its journal came to, written when it has ended
 * DIR/hardware/journal.before.json   the same of the run before, while it runs
 * </pre>
 */
public record HardwareFolder(Path path) {
  static final String NAME = "hardware";

  private static final List<String> FILES =
      List.of(
          "agent.yaml",
          "agent.yaml.new",
          "agent.log",
          "agent.pid",
          "journal.json",
          "journal.json.new",
          "journal.before.json");
  private static final String JOURNAL = "journal";
  private static final String JOURNAL_FILE = "journal.db";

  /**
   * The one in a record's folder; it need not be there. Its path is the same however it is named.
   */
  public static HardwareFolder of(Path record) {
    Path real;
    try {
      real = record.toRealPath();
    } catch (IOException e) {
      real = record.toAbsolutePath().normalize(); // it is not there
    }
    return new HardwareFolder(real.resolve(NAME));
  }

  public Path config() {
    return path.resolve("agent.yaml");
  }

  public Path log() {
    return path.resolve("agent.log");
  }

  public Path pid() {
    return path.resolve("agent.pid");
  }

  public Path journal() {
    return path.resolve(JOURNAL);
  }

  public Path journalFile() {
    return journal().resolve(JOURNAL_FILE);
  }

  public Path sums() {
    return path.resolve("journal.json");
  }

  /** What the journal came to before an agent was started that has not ended by itself yet. */
  public Path sumsBefore() {
    return path.resolve("journal.before.json");
  }

  /** Where a file is made that then takes the place of another. */
  public static Path fresh(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  /** Whether an agent has ever run here. */
  public boolean exists() {
    return Files.exists(config());
  }

  /**
   * The agent, if one still runs: that of a simulator that was killed.
   *
   * @throws IOException if that cannot be found out
   */
  public Optional<ProcessHandle> running() throws IOException {
    if (!Files.exists(pid())) {
      return Optional.empty();
    }
    String text = Files.readString(pid()).strip();
    if (!text.matches("\\d{1,18}")) {
      return Optional.empty();
    }
    // The id may be another process' by now: it is ours if it was given our configuration.
    String given = config().toString();
    return ProcessHandle.of(Long.parseLong(text))
        .filter(
            process ->
                process.info().arguments().stream()
                    .flatMap(Arrays::stream)
                    .anyMatch(given::equals));
  }

  /**
   * All files in it.
   *
   * @throws RecordRefusedException if there is anything else, or an agent still runs
   */
  List<Path> files() throws IOException {
    Optional<ProcessHandle> agent = running();
    if (agent.isPresent()) {
      throw new RecordRefusedException(
          "the agent of %s still runs, as process %d; go on with the record, which ends it, or end it first"
              .formatted(path, agent.get().pid()));
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(path)) {
      for (Path file : all) {
        if (file.equals(journal()) && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          files.addAll(journalFiles());
        } else if (FILES.contains(String.valueOf(file.getFileName()))) {
          files.add(ours(file));
        } else {
          throw foreign(file);
        }
      }
    }
    return files;
  }

  private List<Path> journalFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(journal())) {
      for (Path file : all) {
        String name = String.valueOf(file.getFileName());
        if (!name.equals("lock") && !name.startsWith(JOURNAL_FILE)) {
          throw foreign(file);
        }
        files.add(ours(file));
      }
    }
    return files;
  }

  private static Path ours(Path file) throws RecordRefusedException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw foreign(file);
    }
    return file;
  }

  private static RecordRefusedException foreign(Path file) {
    return new RecordRefusedException(
        "%s holds %s, which is no part of a record; move it away first"
            .formatted(file.getParent(), file.getFileName()));
  }

  /** Removes it and what {@link #files} says. */
  void remove() throws IOException {
    for (Path file : files()) {
      Files.delete(file);
    }
    Files.deleteIfExists(journal());
    Files.delete(path);
  }
}
