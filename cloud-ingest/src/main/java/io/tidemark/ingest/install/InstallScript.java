package io.tidemark.ingest.install;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The script that installs an agent: the same bytes for everybody, until package or root change.
 */
final class InstallScript {
  private static final String TEMPLATE = read();

  private InstallScript() {}

  private static String read() {
    try (InputStream in =
        Objects.requireNonNull(InstallScript.class.getResourceAsStream("/install.sh"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The script.
   *
   * @param agent what it installs
   * @param authority whom it believes that it speaks to this ingest, as PEM; empty with security
   *     off
   */
  static String of(AgentPackage agent, String authority) {
    return TEMPLATE
        .replace("@PACKAGE@", agent.name())
        .replace("@BYTES@", Long.toString(agent.bytes()))
        .replace("@SHA256@", agent.sha256())
        .replace("@AUTHORITY@", authority.strip());
  }
}
