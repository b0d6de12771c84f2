package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.ShutOutViews.ShutOutRequest;
import io.tidemark.ingest.api.ShutOutViews.ShutOutView;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Shutting a device out, and letting it back in. An operator may: whoever is on duty when one is
 * stolen, as nothing is lost by it.
 */
@Singleton
@Blocking
@Path("/api/v1/devices/{device}/shut-out")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "devices")
@RolesAllowed(Roles.VIEWER)
public class ShutOutResource {
  private final ShuttingOut shuttingOut;

  @Inject
  ShutOutResource(ShuttingOut shuttingOut) {
    this.shuttingOut = shuttingOut;
  }

  @GET
  @Operation(summary = "Whether a device is shut out, when it was, and which gateways know")
  public ShutOutView get(
      @Parameter(description = "The device's id") @PathParam("device") String device)
      throws SqlUnavailableException {
    return shuttingOut.view(named(device));
  }

  @PUT
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Shut a device out",
      description =
          "Within five seconds every gateway that can be reached ends its connections and takes nothing of it; it gets no certificate either. What it has waits on it. If it is shut out already, nothing changes.")
  @APIResponse(responseCode = "200", description = "It is shut out")
  @APIResponse(responseCode = "404", description = "Nobody has heard of it")
  @APIResponse(responseCode = "409", description = "Security is off: nobody is asked who it is")
  public ShutOutView shutOut(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Nullable ShutOutRequest request)
      throws SqlUnavailableException {
    return shuttingOut.shutOut(named(device), request);
  }

  @DELETE
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Let a device back in",
      description = "If it is not shut out, nothing changes.")
  public ShutOutView letIn(
      @Parameter(description = "The device's id") @PathParam("device") String device)
      throws SqlUnavailableException {
    return shuttingOut.letIn(named(device));
  }

  private static Identity named(String device) {
    return new Identity(Role.DEVICE, Params.device(device));
  }
}
