package io.tidemark.ingest.oidc;

import io.tidemark.ingest.access.Role;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whom to ask, and what its answers mean.
 *
 * @param issuer the provider's address
 * @param title what the button of the login page calls it
 * @param nameClaim where its answer has the name
 * @param roleClaim where it has the groups; parts of a path are separated by {@code /}
 * @param groups which groups have a role
 */
public record OidcSettings(
    URI issuer, String title, String nameClaim, String roleClaim, Map<Role, List<String>> groups) {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  /**
   * What the settings say; empty if nobody is to be asked.
   *
   * @throws IllegalArgumentException that says what is wrong and what to do
   */
  public static Optional<OidcSettings> of(
      @Nullable URI issuer,
      String clientId,
      @Nullable Path authority,
      String title,
      String nameClaim,
      String roleClaim,
      Map<Role, List<String>> groups) {
    if (issuer == null) {
      return Optional.empty();
    }
    String scheme = String.valueOf(issuer.getScheme()).toLowerCase(Locale.ROOT);
    String host = String.valueOf(issuer.getHost());
    if (!scheme.equals("https") && !(scheme.equals("http") && LOOPBACK.contains(host))) {
      throw new IllegalArgumentException(
          "tidemark.access.oidc.issuer must be an https:// address, as whoever changes its answers on their way is let in, but is "
              + issuer);
    }
    if (clientId.isEmpty()) {
      throw new IllegalArgumentException(
          "tidemark.access.oidc.issuer is set, so tidemark.access.oidc.client-id must be: as what the provider knows ingest");
    }
    if (authority != null && !Files.isReadable(authority)) {
      throw new IllegalArgumentException(
          "tidemark.access.oidc.authority must be a file with certificates (PEM), but %s cannot be read"
              .formatted(authority));
    }
    if (groups.values().stream().allMatch(List::isEmpty)) {
      throw new IllegalArgumentException(
          "tidemark.access.oidc.issuer is set, but no group has a role: set tidemark.access.oidc.viewer-groups,"
              + " tidemark.access.oidc.operator-groups or tidemark.access.oidc.admin-groups");
    }
    return Optional.of(new OidcSettings(issuer, title, nameClaim, roleClaim, groups));
  }

  /** The highest role that one of these groups has; null if none has one. */
  @Nullable Role role(Collection<String> had) {
    Role highest = null;
    for (Role role : Role.values()) {
      if (groups.getOrDefault(role, List.of()).stream().anyMatch(had::contains)) {
        highest = role;
      }
    }
    return highest;
  }
}
