package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.identity.CertificateAuthority;
import io.tidemark.ingest.identity.Root;
import io.tidemark.ingest.identity.RootChange;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The authority: whom everybody believes, and what signs now. */
@Singleton
@Blocking
@Path("/api/v1/authority")
@RolesAllowed(Roles.VIEWER)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "enrolment")
public class AuthorityResource {
  private final CertificateAuthority authority;
  private final RootChange change;

  @Inject
  AuthorityResource(CertificateAuthority authority, RootChange change) {
    this.authority = authority;
    this.change = change;
  }

  /** What there is. */
  @Schema(name = "Authority")
  public record AuthorityView(
      @Schema(description = "Whether the root's key is in ingest's folder") boolean rootKeyHere,
      @Schema(description = "The root, and the one before it as long as that is believed")
          List<RootView> roots,
      @Schema(description = "The one that signs first, then those before it")
          List<IntermediateView> intermediates) {}

  /** A root. */
  @Schema(name = "Root")
  public record RootView(
      String name,
      @Schema(description = "SHA-256 of its certificate") String fingerprint,
      String from,
      String to,
      @Schema(
              description =
                  "Of the one before: until when it is believed, as far as is known now; null as long as something is signed under it")
          @Nullable String believedUntil) {}

  /** An intermediate. */
  @Schema(name = "Intermediate")
  public record IntermediateView(String name, String root, String from, String to) {}

  @GET
  @Operation(
      summary = "The authority's roots and intermediates",
      description = "Whom everybody believes, and what signs now.")
  @APIResponse(responseCode = "200", description = "They are these")
  @APIResponse(responseCode = "404", description = "Security is off, so there is none")
  public AuthorityView show()
      throws IOException, GeneralSecurityException, SqlUnavailableException {
    if (!authority.isOpen()) {
      throw ApiException.notFound("there is no authority here: tidemark.security is off");
    }
    Instant until = change.formerUntil();
    List<RootView> roots = new ArrayList<>();
    for (X509Certificate root : authority.believed()) {
      Root shown = Root.of(root);
      roots.add(
          new RootView(
              shown.name(),
              shown.fingerprint(),
              time(root.getNotBefore().toInstant()),
              time(root.getNotAfter().toInstant()),
              roots.isEmpty() || until == null ? null : time(until)));
    }
    return new AuthorityView(
        authority.isRootKeyHere(),
        roots,
        authority.intermediates().stream()
            .map(
                one ->
                    new IntermediateView(
                        Root.nameOf(one.getSubjectX500Principal()),
                        Root.nameOf(one.getIssuerX500Principal()),
                        time(one.getNotBefore().toInstant()),
                        time(one.getNotAfter().toInstant())))
            .toList());
  }

  private static String time(Instant time) {
    return Times.format(time.toEpochMilli() * 1_000_000);
  }
}
