package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.SecretViews.SecretRequest;
import io.tidemark.ingest.api.SecretViews.SecretView;
import io.tidemark.ingest.api.SecretViews.SecretsView;
import io.tidemark.ingest.identity.CertificateAuthority;
import io.tidemark.ingest.identity.DeviceSecrets;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Passwords and keys of devices that have no certificate: made, listed, withdrawn. */
@Singleton
@Blocking
@Path("/api/v1/devices/{device}/secret")
@RolesAllowed(Roles.ADMIN)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "enrolment")
public class SecretResource {
  private static final int CREATED = 201;
  private static final int CONFLICT = 409;

  private final DeviceSecrets secrets;
  private final CertificateAuthority authority;
  private final Caller caller;

  @Inject
  SecretResource(DeviceSecrets secrets, CertificateAuthority authority, Caller caller) {
    this.secrets = secrets;
    this.authority = authority;
    this.caller = caller;
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Make a password or a key for a device that cannot do certificates",
      description =
          "The answer has it, this one time. It takes the place of the one of its kind that the device had, which opens nothing any more. The device need not have sent anything yet. 409 if there are 20,000.")
  @APIResponse(
      responseCode = "201",
      description = "Made",
      content = @Content(schema = @Schema(implementation = SecretView.class)))
  public Response make(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Nullable SecretRequest request)
      throws SqlUnavailableException {
    requireOn();
    if (request == null) {
      throw ApiException.parameter("the body", "", "a JSON object");
    }
    DeviceSecrets.Made made =
        secrets
            .make(caller.actor(), Params.device(device), request.checked())
            .orElseThrow(
                () ->
                    ApiException.of(
                        CONFLICT,
                        "Too many passwords and keys",
                        "there are %d passwords and keys of devices: withdraw one"
                            .formatted(DeviceSecrets.SECRETS_MAX)));
    return Response.status(CREATED)
        .header("Cache-Control", "no-store")
        .entity(SecretView.of(made))
        .build();
  }

  @GET
  @Operation(
      summary = "Which passwords and keys a device has",
      description = "Without what is secret.")
  public SecretsView list(
      @Parameter(description = "The device's id") @PathParam("device") String device)
      throws SqlUnavailableException {
    requireOn();
    return new SecretsView(
        secrets.list(Params.device(device)).stream().map(SecretView::of).toList());
  }

  @DELETE
  @Path("{kind}")
  @Operation(
      summary = "Withdraw a device's password or key",
      description = "Gateways end the connections that were made with it.")
  @APIResponse(responseCode = "204", description = "It is withdrawn")
  public void withdraw(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Parameter(description = "password or psk") @PathParam("kind") String kind)
      throws SqlUnavailableException {
    requireOn();
    if (!secrets.withdraw(caller.actor(), Params.device(device), SecretViews.kindOf(kind))) {
      throw ApiException.notFound("device %s has no %s".formatted(device, kind));
    }
  }

  private void requireOn() {
    if (!authority.isOpen()) {
      throw ApiException.notFound(
          "devices have no passwords and keys here: tidemark.security is off");
    }
  }
}
