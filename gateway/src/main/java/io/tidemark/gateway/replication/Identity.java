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
 * <p>Lies in the file {@code identity} as {@code gateway incarnation}.
 *
 * @param gateway the gateway's id
 * @param incarnation 16 hexadecimal digits
 */
record Identity(String gateway, String incarnation) {
  private static final String FILE = "identity";

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
      Identity minted = new Identity(gateway, randomHex());
      DurableFile.write(file, "%s %s%n".formatted(gateway, minted.incarnation));
      return minted;
    }
    List<String> words = List.of(Files.readString(file, StandardCharsets.UTF_8).strip().split(" "));
    if (words.size() != 2) {
      throw new LogStartException(
          file
              + " should hold \"gateway incarnation\", but does not. Put it back from a copy, or move "
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
    return new Identity(gateway, words.get(1));
  }

  /** Its id as a peer, in every group. */
  String peer() {
    return peer(gateway, incarnation);
  }

  /** The id that a gateway has as a peer with one of its data folders. */
  static String peer(String gateway, String incarnation) {
    return gateway + "." + incarnation;
  }

  /** 64 random bits as 16 hexadecimal digits. */
  static String randomHex() {
    return "%016x".formatted(new SecureRandom().nextLong());
  }
}
