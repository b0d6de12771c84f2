package io.tidemark.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The API key that ingest is asked with: from a file or the environment. Never from the command
 * line, which everybody on the machine can read.
 */
final class ApiKeyOption {
  static final String VARIABLE = "TIDEMARK_API_KEY";

  private static final int KEY_MAX_CHARS = 128;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "A file with the API key to ask ingest with, where it wants one. Else the environment's TIDEMARK_API_KEY.")
  private @Nullable Path file;

  /**
   * The key; empty if there is none.
   *
   * @throws IOException if the file cannot be read, or has no key in it; the message says what to
   *     do and has nothing of what is in the file
   */
  String key(Map<String, String> environment) throws IOException {
    Path from = file;
    if (from == null) {
      return checked(VARIABLE, environment.getOrDefault(VARIABLE, "").strip(), true);
    }
    try {
      return checked(from.toString(), Files.readString(from).strip(), false);
    } catch (IOException e) {
      throw new IOException(
          "the API key cannot be read from %s (%s)".formatted(from, e.getMessage()), e);
    }
  }

  private static String checked(String where, String key, boolean mayBeEmpty) throws IOException {
    boolean isWord = key.chars().allMatch(letter -> letter > ' ' && letter < 127);
    if (key.length() > KEY_MAX_CHARS || !isWord || key.isEmpty() && !mayBeEmpty) {
      throw new IOException(where + " has to be an API key and nothing else: tmk_...");
    }
    return key;
  }
}
