package io.tidemark.ingest.storage.embedded;

import io.questdb.log.LogFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps QuestDB from logging: it has its own log, a line for every file opened, and what matters of
 * it reaches us as exceptions and as a table's error message. Its first class to load reads the
 * log's configuration, so this has to be first.
 */
final class QuestLog {
  private static final String CONFIGURATION_PROPERTY = "out";
  private static boolean quiet;

  private QuestLog() {}

  /**
   * Makes it quiet, once a process.
   *
   * @param folder where the empty configuration file may be put; QuestDB can only be given one by
   *     its path
   */
  static synchronized void quiet(Path folder) throws IOException {
    if (quiet) {
      return;
    }
    Path configuration = folder.resolve("questdb-log.conf");
    Files.writeString(configuration, "# Empty on purpose: no log writers.\n");
    String before = System.getProperty(CONFIGURATION_PROPERTY);
    PrintStream err = System.err;
    System.setProperty(CONFIGURATION_PROPERTY, configuration.toAbsolutePath().toString());
    try (PrintStream filtered = new PrintStream(new Filter(err), true, StandardCharsets.UTF_8)) {
      // It announces on stderr where it found its configuration; nothing else is left out.
      System.setErr(filtered);
      LogFactory.getInstance();
      LogFactory.haltInstance();
    } finally {
      System.setErr(err);
      if (before == null) {
        System.clearProperty(CONFIGURATION_PROPERTY);
      } else {
        System.setProperty(CONFIGURATION_PROPERTY, before);
      }
    }
    quiet = true;
  }

  /** Passes on whole lines but QuestDB's announcement. */
  private static final class Filter extends OutputStream {
    private final PrintStream out;
    private final StringBuilder line = new StringBuilder();

    Filter(PrintStream out) {
      this.out = out;
    }

    @Override
    public synchronized void write(int b) {
      line.append((char) (b & 0xff));
      if (b == '\n') {
        flushLine();
      }
    }

    @Override
    public synchronized void close() {
      flushLine();
    }

    private void flushLine() {
      if (!line.toString().startsWith("Log configuration loaded")) {
        try {
          out.write(line.toString().getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      line.setLength(0);
    }
  }
}
