package io.tidemark.gateway.identity;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How this gateway proves who it is.
 *
 * @param gateway its id, which its certificate has to name
 * @param dir where its credential is kept
 * @param enrolmentToken the word with which it gets its first certificate; null for none
 * @param enrolmentTokenFile a file with that word; null for none
 * @param hosts under which devices and others reach it, and its certificate has to name
 * @param ingest where certificates are renewed
 */
public record IdentitySettings(
    String gateway,
    Path dir,
    @Nullable String enrolmentToken,
    @Nullable Path enrolmentTokenFile,
    List<String> hosts,
    List<URI> ingest) {
  /** Copies the lists. */
  public IdentitySettings {
    hosts = List.copyOf(hosts);
    ingest = List.copyOf(ingest);
  }

  /** Nothing of the token. */
  @Override
  public String toString() {
    return "identity of %s in %s".formatted(gateway, dir);
  }
}
