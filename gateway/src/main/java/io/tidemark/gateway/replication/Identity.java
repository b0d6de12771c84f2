package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;

/**
 * Who a data folder is: the gateway it belongs to, and its incarnation, a random number minted with
 * the folder. Together they are the peer's id, so that a gateway that comes back with an empty
 * folder is a new peer and does not vote as the old one.
 *
 * <p>Lies in the file {@code identity} as {@code gateway incarnation state}, where state is {@code
 * new} until the log beside it has been made.
 *
 * @param gateway the gateway's id
 * @param incarnation 16 hexadecimal digits
 * @param made whether the log beside it has been made
 */
record Identity(String gateway, String incarnation, boolean made) {
  private static final String FILE = "identity";
  private static final String NEW = "new";
  private static final String MADE = "made";

  /** The peer's id in the group. */
  String peer() {
    return gateway + "." + incarnation;
  }

  /**
   * Reads the folder's identity, or gives it one.
   *
   * @throws LogStartException if the folder is another gateway's, or cannot be understood
   * @throws IOException if it cannot be read or written
   */
  static Identity of(Path dir, String gateway) throws IOException, LogStartException {
    Path file = dir.resolve(FILE);
    if (!Files.exists(file)) {
      Files.createDirectories(dir);
      Identity minted = mint(gateway);
      minted.write(dir);
      return minted;
    }
    List<String> words = List.of(Files.readString(file, StandardCharsets.UTF_8).strip().split(" "));
    if (words.size() != 3 || !(words.get(2).equals(NEW) || words.get(2).equals(MADE))) {
      throw new LogStartException(
          file
              + " should hold \"gateway incarnation new|made\", but does not. Put it back from a"
              + " copy, or move "
              + dir
              + " away to start as a new peer: what is not forwarded in it is then not forwarded.",
          null);
    }
    if (!words.get(0).equals(gateway)) {
      throw new LogStartException(
          "%s belongs to gateway %s, but tidemark.gateway.id is %s: give each gateway its own tidemark.data.dir"
              .formatted(dir, words.get(0), gateway),
          null);
    }
    return new Identity(gateway, words.get(1), words.get(2).equals(MADE));
  }

  /** Records that the log has been made: from now on its absence is an error. */
  Identity nowMade(Path dir) throws IOException {
    Identity identity = new Identity(gateway, incarnation, true);
    identity.write(dir);
    return identity;
  }

  private static Identity mint(String gateway) {
    return new Identity(gateway, "%016x".formatted(new SecureRandom().nextLong()), false);
  }

  private void write(Path dir) throws IOException {
    DurableFile.write(
        dir.resolve(FILE), "%s %s %s%n".formatted(gateway, incarnation, made ? MADE : NEW));
  }
}
