package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.AccessException;
import io.tidemark.ingest.access.ApiKey;
import io.tidemark.ingest.access.ApiKeys;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.AccessViews.KeyView;
import io.tidemark.ingest.api.AccessViews.MadeKeyView;
import io.tidemark.ingest.api.AccessViews.NewKey;
import io.tidemark.ingest.api.Views.Page;
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

/** Keys of programs. */
@Singleton
@Blocking
@Path("/api/v1/keys")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "access")
@RolesAllowed(Roles.ADMIN)
public class KeyResource {
  private final Access access;
  private final Caller caller;

  @Inject
  KeyResource(Access access, Caller caller) {
    this.access = access;
    this.caller = caller;
  }

  @GET
  @Operation(
      summary = "All API keys, newest first",
      description = "Void ones too, without their secrets.")
  public Page<KeyView> list() throws SqlUnavailableException {
    return new Page<>(access.keys().list().stream().map(KeyView::of).toList(), null);
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Make an API key", description = "The answer has its secret, this once.")
  @APIResponse(
      responseCode = "201",
      content = @Content(schema = @Schema(implementation = MadeKeyView.class)))
  public Response make(@Nullable NewKey key) throws SqlUnavailableException {
    NewKey given = SessionResource.given(key);
    long expires = Times.parse("expiresAt", given.expiresAt(), 0);
    try {
      ApiKeys.Made made =
          access
              .keys()
              .make(
                  caller.actor(),
                  AccessViews.secret("name", given.name()),
                  AccessViews.role(given.role()),
                  expires);
      return Response.status(Response.Status.CREATED)
          .entity(MadeKeyView.of(made))
          .header("Cache-Control", "no-store")
          .build();
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }

  @DELETE
  @Path("{id}")
  @Operation(summary = "Revoke an API key", description = "It is void at once, and stays listed.")
  public KeyView revoke(@Parameter(description = "The key's id") @PathParam("id") String id)
      throws SqlUnavailableException {
    try {
      ApiKey key = access.keys().revoke(caller.actor(), Params.number("id", id));
      access.changed();
      return KeyView.of(key);
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }
}
