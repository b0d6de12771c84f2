package io.tidemark.sim.csv;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The names of a file's columns. */
final class Header {
  private static final int SHOWN_MAX = 20;

  private final Path file;
  private final List<String> names;

  Header(Path file, String[] cells) {
    this.file = file;
    this.names = Arrays.stream(cells).map(String::strip).toList();
  }

  List<String> names() {
    return names;
  }

  /** What a flag says of a column: which one, and what follows its name. */
  record Told(int column, String rest) {}

  /**
   * Looks for the column that a flag begins with: the longest name behind which the flag ends or
   * goes on with one of {@code marks}. So names may have such characters in them.
   *
   * @throws IllegalArgumentException if there is none, or more than one of that name
   */
  Told find(String flag, String text, String marks) {
    List<Integer> found = new ArrayList<>();
    int length = -1;
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      boolean fits =
          text.startsWith(name)
              && (text.length() == name.length() || marks.indexOf(text.charAt(name.length())) >= 0);
      if (fits && name.length() >= length) {
        if (name.length() > length) {
          found.clear();
        }
        found.add(i);
        length = name.length();
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "%s %s: %s has no such column; it has %s".formatted(flag, text, file, shown()));
    }
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          "%s %s: %s has more than one column of that name; rename one in the file"
              .formatted(flag, text, file));
    }
    return new Told(found.get(0), text.substring(length));
  }

  /** For a message. */
  String shown() {
    String all = String.join(", ", names.stream().limit(SHOWN_MAX).map(Cells::quoted).toList());
    return names.size() > SHOWN_MAX ? all + ", ..." : all;
  }
}
