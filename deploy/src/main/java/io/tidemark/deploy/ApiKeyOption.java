package io.tidemark.deploy;

import io.tidemark.identity.ApiAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With what an ingest is asked that wants to know who asks. */
final class ApiKeyOption {
  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "A file with the API key to ask ingest with, where it wants one. Else the environment's "
              + ApiAccess.VARIABLE
              + ".")
  private @Nullable Path file;

  @Option(
      names = "--authority",
      paramLabel = "FILE",
      description =
          "The certificate of ingest's authority, its identity/root.pem, to believe an https:// ingest by.")
  private @Nullable Path authority;

  /** True if an authority is named. */
  boolean hasAuthority() {
    return authority != null;
  }

  /**
   * The key; empty if there is none.
   *
   * @throws IOException that says what to do
   */
  String key(Map<String, String> environment) throws IOException {
    return ApiAccess.key(file, environment);
  }

  /**
   * TLS that believes that authority; null if none is given, and those that Java knows are
   * believed.
   *
   * @throws IOException that says what to do
   */
  @Nullable SSLContext tls() throws IOException {
    return authority == null ? null : ApiAccess.believing(authority);
  }
}
