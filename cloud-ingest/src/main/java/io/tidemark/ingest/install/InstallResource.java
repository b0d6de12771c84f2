package io.tidemark.ingest.install;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.identity.Pem;
import io.tidemark.ingest.identity.CertificateAuthority;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * What installs the agent on a device, for everybody: nothing of it is secret. The entity tags are
 * SHA-256 in hexadecimal, so that whoever knows this ingest can tell others what to expect.
 */
@Singleton
@Blocking
@Path("/install")
@PermitAll
@Tag(name = "install", description = "For devices: the agent")
public class InstallResource {
  private static final String SCRIPT = "text/x-shellscript; charset=utf-8";
  private static final String PACKAGE = "application/vnd.debian.binary-package";

  private final AgentPackages packages;
  private final CertificateAuthority authority;
  private final Clock clock;

  @Inject
  InstallResource(AgentPackages packages, CertificateAuthority authority, Clock clock) {
    this.packages = packages;
    this.authority = authority;
    this.clock = clock;
  }

  @GET
  @Operation(
      summary = "The script that installs the agent",
      description =
          "For a POSIX shell, on Debian and its kin: it says what is missing, gets the package and hands it to apt. Its ETag is its SHA-256.")
  @APIResponse(responseCode = "200", description = "It is this")
  @APIResponse(responseCode = "304", description = "It is the one that If-None-Match names")
  @APIResponse(responseCode = "404", description = "There is no package to install; why, in words")
  public Response script(@Context Request request) throws IOException {
    AgentPackage agent = packages.newest().orElseThrow(this::missing);
    String believed = authority.isOpen() ? Pem.of(authority.believed()) : "";
    byte[] script = InstallScript.of(agent, believed).getBytes(StandardCharsets.UTF_8);
    String sha256 = HexFormat.of().formatHex(AgentPackages.digest().digest(script));
    return answer(request, sha256, script, script.length, SCRIPT);
  }

  @GET
  @Path("{file}")
  @Operation(
      summary = "The agent's package",
      description = "The one the script gets, for Debian. Its ETag is its SHA-256.")
  @APIResponse(responseCode = "200", description = "It is this")
  @APIResponse(responseCode = "304", description = "It is the one that If-None-Match names")
  @APIResponse(responseCode = "404", description = "There is no such package; why, in words")
  public Response file(
      @Parameter(description = "Its name, as in tidemark-agent_VERSION_all.deb") @PathParam("file")
          String file,
      @Context Request request)
      throws IOException {
    AgentPackage agent =
        packages
            .named(file)
            .orElseThrow(
                () ->
                    new NotFoundException(
                        "there is no such package: GET /install has the name of the one there is"));
    return answer(request, agent.sha256(), agent.file().toFile(), agent.bytes(), PACKAGE);
  }

  private NotFoundException missing() {
    return new NotFoundException(packages.missing());
  }

  /** With the time, by which the script sees whether the device's clock is right. */
  private Response answer(Request request, String sha256, Object entity, long bytes, String type) {
    EntityTag tag = new EntityTag(sha256);
    Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
    Response.ResponseBuilder answer =
        unchanged != null
            ? unchanged
            : Response.ok(entity, type).header(HttpHeaders.CONTENT_LENGTH, bytes);
    return answer
        .tag(tag)
        .header(
            HttpHeaders.DATE,
            DateTimeFormatter.RFC_1123_DATE_TIME.format(clock.instant().atOffset(ZoneOffset.UTC)))
        .build();
  }
}
