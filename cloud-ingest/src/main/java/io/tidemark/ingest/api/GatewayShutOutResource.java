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
 * Shutting a gateway out, and letting it back in. Only an administrator may: its cluster may be
 * left without a majority.
 */
@Singleton
@Blocking
@Path("/api/v1/gateways/{gateway}/shut-out")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "gateways")
@RolesAllowed(Roles.VIEWER)
public class GatewayShutOutResource {
  private final ShuttingOut shuttingOut;

  @Inject
  GatewayShutOutResource(ShuttingOut shuttingOut) {
    this.shuttingOut = shuttingOut;
  }

  @GET
  @Operation(summary = "Whether a gateway is shut out, when it was, and which others know")
  public ShutOutView get(
      @Parameter(description = "The gateway's id") @PathParam("gateway") String gateway)
      throws SqlUnavailableException {
    return shuttingOut.view(named(gateway));
  }

  @PUT
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed(Roles.ADMIN)
  @Operation(
      summary = "Shut a gateway out",
      description =
          "Ingest takes nothing of it from now on, and other gateways cut it off. It stays a member of its cluster, which can then lose one less: remove it from that, too. If it is shut out already, nothing changes.")
  @APIResponse(responseCode = "200", description = "It is shut out")
  @APIResponse(responseCode = "404", description = "Nobody has heard of it")
  @APIResponse(responseCode = "409", description = "Security is off: nobody is asked who it is")
  public ShutOutView shutOut(
      @Parameter(description = "The gateway's id") @PathParam("gateway") String gateway,
      @Nullable ShutOutRequest request)
      throws SqlUnavailableException {
    return shuttingOut.shutOut(named(gateway), request);
  }

  @DELETE
  @RolesAllowed(Roles.ADMIN)
  @Operation(
      summary = "Let a gateway back in",
      description = "If it is not shut out, nothing changes.")
  public ShutOutView letIn(
      @Parameter(description = "The gateway's id") @PathParam("gateway") String gateway)
      throws SqlUnavailableException {
    return shuttingOut.letIn(named(gateway));
  }

  private static Identity named(String gateway) {
    return new Identity(Role.GATEWAY, Params.name("gateway", gateway));
  }
}
