package io.tidemark.deploy.setup;

import io.tidemark.deploy.pipeline.AdminSession;
import io.tidemark.identity.ApiAccess;
import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A person who becomes an administrator by the token that ingest has printed, with an API key to go
 * on with. Used by one thread.
 */
public final class NewAdministrator {
  private final AdminSession session;
  private final Path keyFile;
  private final Duration validFor;

  /**
   * Asks nothing yet.
   *
   * @param authority the certificate of ingest's authority
   * @param keyFile for the key
   * @param validFor how long the key is good
   * @throws IOException if the certificate cannot be read, or there is a key's file already, which
   *     may be the only one of a key that is needed
   */
  public NewAdministrator(URI ingest, Path authority, Path keyFile, Duration validFor)
      throws IOException {
    if (!"https".equals(ingest.getScheme()) || ingest.getHost() == null) {
      throw new IOException(
          "--api has to be like https://ingest.example:8443, as the password goes there, but is "
              + ingest);
    }
    if (validFor.isNegative() || validFor.isZero()) {
      throw new IOException("--for has to be longer than nothing, as in 2160h");
    }
    this.session = new AdminSession(ingest, ApiAccess.believing(authority));
    this.keyFile = keyFile.toAbsolutePath();
    this.validFor = validFor;
    if (Files.exists(keyFile)) {
      throw new IOException(keyFile + " is there already: move it away, or name another");
    }
  }

  /**
   * Makes administrator and key.
   *
   * @throws IOException if ingest does not take token, name or password, with its words; or if the
   *     administrator is made and has no key, which is said
   */
  public void make(String token, String name, String password)
      throws IOException, InterruptedException {
    session.setUp(token, name, password);
    try {
      session.logIn(name, password);
      String unique = "setup-" + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
      write(session.key(unique, "admin", validFor));
    } catch (IOException e) {
      throw new IOException(
          "%s is an administrator now, but there is no API key in %s: log in at ingest's pages and make one at Users and keys. %s"
              .formatted(name, keyFile, e.getMessage()),
          e);
    }
  }

  private void write(String key) throws IOException {
    @Nullable Path folder = keyFile.getParent();
    SecretFile.write(folder == null ? keyFile : folder, String.valueOf(keyFile.getFileName()), key);
  }
}
