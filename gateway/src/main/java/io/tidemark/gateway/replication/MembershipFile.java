package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The cluster a data folder belongs to: the file {@code cluster}, with the membership as last heard
 * a line {@code made GROUP} for each group whose log has been made here, from when on its absence
 * is an error, and a line {@code left} once this gateway has left it and nobody needs it for that.
 *
 * @param membership as last heard
 * @param made names of the groups whose logs are here
 * @param left whether this folder was a member's, is no more, and nothing in it is needed
 */
record MembershipFile(Membership membership, Set<String> made, boolean left) {
  private static final String FILE = "cluster";
  private static final String MADE = "made ";
  private static final String LEFT = "left";

  MembershipFile {
    made = Set.copyOf(made);
  }

  /**
   * Reads what the folder says.
   *
   * @return null if it belongs to no cluster yet
   * @throws LogStartException if the file cannot be understood
   */
  static @Nullable MembershipFile read(Path dir) throws IOException, LogStartException {
    Path file = dir.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    List<String> lines = new ArrayList<>();
    Set<String> made = new TreeSet<>();
    boolean left = false;
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      if (line.startsWith(MADE)) {
        made.add(line.substring(MADE.length()));
      } else if (line.equals(LEFT)) {
        left = true;
      } else {
        lines.add(line);
      }
    }
    try {
      return new MembershipFile(Membership.parse(lines), made, left);
    } catch (IllegalArgumentException e) {
      throw new LogStartException(
          file + " cannot be understood (" + e.getMessage() + "): " + LogStartException.PUT_BACK,
          e);
    }
  }

  void write(Path dir) throws IOException {
    List<String> lines = new ArrayList<>(membership.lines());
    new TreeSet<>(made).forEach(group -> lines.add(MADE + group));
    if (left) {
      lines.add(LEFT);
    }
    DurableFile.write(dir.resolve(FILE), String.join("\n", lines) + "\n");
  }

  /** The same with a later membership; of groups that are gone nothing is kept. */
  MembershipFile with(Membership later) {
    Set<String> kept = new TreeSet<>(made);
    kept.removeAll(later.ended());
    return new MembershipFile(later, kept, left);
  }

  /** The same with more logs made. */
  MembershipFile withMade(String group) {
    Set<String> more = new TreeSet<>(made);
    more.add(group);
    return new MembershipFile(membership, more, left);
  }

  /** The same once this gateway has left the cluster. */
  MembershipFile asLeft() {
    return new MembershipFile(membership, Set.of(), true);
  }
}
