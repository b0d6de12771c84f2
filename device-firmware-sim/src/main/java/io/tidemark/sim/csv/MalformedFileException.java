package io.tidemark.sim.csv;

import java.io.IOException;
import java.nio.file.Path;

/** A file whose contents are not what they must be: which file, line and column, which rule. */
public final class MalformedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedFileException(Path file, long line, String rule) {
    super("%s, line %d: %s".formatted(file, line, rule));
  }

  MalformedFileException(Path file, long line, String column, String rule) {
    super("%s, line %d, column %s: %s".formatted(file, line, Cells.quoted(column), rule));
  }
}
