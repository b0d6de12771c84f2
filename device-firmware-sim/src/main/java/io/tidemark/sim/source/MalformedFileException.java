package io.tidemark.sim.source;

import java.io.IOException;
import java.nio.file.Path;

/** A file whose contents are not what they must be: which file, which line, which rule. */
public final class MalformedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedFileException(Path file, long line, String rule) {
    super("%s, line %d: %s".formatted(file, line, rule));
  }
}
