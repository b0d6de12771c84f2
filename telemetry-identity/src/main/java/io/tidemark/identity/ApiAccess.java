package io.tidemark.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** With what programs ask ingest's API: a key, and whom to believe. */
public final class ApiAccess {
  /** Where a key is in the environment. */
  public static final String VARIABLE = "TIDEMARK_API_KEY";

  private static final int KEY_MAX_CHARS = 128;

  private ApiAccess() {}

  /**
   * The key, from a file or the environment; empty if there is none. Never from the command line,
   * which everybody on the machine can read.
   *
   * @param file null: the environment's is taken
   * @throws IOException if the file cannot be read, or has no key in it; the message says what to
   *     do and has nothing of what is in the file
   */
  public static String key(@Nullable Path file, Map<String, String> environment)
      throws IOException {
    if (file == null) {
      return checked(VARIABLE, environment.getOrDefault(VARIABLE, "").strip(), true);
    }
    try {
      return checked(file.toString(), Files.readString(file).strip(), false);
    } catch (IOException e) {
      throw new IOException(
          "the API key cannot be read from %s (%s)".formatted(file, e.getMessage()), e);
    }
  }

  private static String checked(String where, String key, boolean mayBeEmpty) throws IOException {
    boolean isWord = key.chars().allMatch(letter -> letter > ' ' && letter < 127);
    if (key.length() > KEY_MAX_CHARS || !isWord || (key.isEmpty() && !mayBeEmpty)) {
      throw new IOException(where + " has to be an API key and nothing else: tmk_...");
    }
    return key;
  }

  /**
   * TLS that believes an ingest whose certificate this authority has signed.
   *
   * @param authority a file with its certificate, as ingest has it in {@code identity/root.pem}
   * @throws IOException if it cannot be read, or has none
   */
  public static SSLContext believing(Path authority) throws IOException {
    try {
      Trust trust = new Trust(Pem.certificates(Files.readString(authority)));
      return Tls.client(new ServerTrust(trust, server -> Clock.systemUTC().instant()), null);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          "%s has to be the certificate of ingest's authority, its identity/root.pem (%s)"
              .formatted(authority, e),
          e);
    }
  }
}
