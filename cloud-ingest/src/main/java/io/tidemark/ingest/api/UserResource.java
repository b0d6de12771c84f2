package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.AccessException;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.access.User;
import io.tidemark.ingest.api.AccessViews.NewUser;
import io.tidemark.ingest.api.AccessViews.UserChange;
import io.tidemark.ingest.api.AccessViews.UserView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The users. */
@Singleton
@Blocking
@Path("/api/v1/users")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "access")
@RolesAllowed(Roles.ADMIN)
public class UserResource {
  private final Access access;
  private final Caller caller;

  @Inject
  UserResource(Access access, Caller caller) {
    this.access = access;
    this.caller = caller;
  }

  @GET
  @Operation(summary = "All users, by name")
  public Page<UserView> list() throws SqlUnavailableException {
    return new Page<>(access.users().list().stream().map(UserView::of).toList(), null);
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Make a user")
  @APIResponse(
      responseCode = "201",
      content = @Content(schema = @Schema(implementation = UserView.class)))
  public Response make(@Nullable NewUser user) throws SqlUnavailableException {
    NewUser given = SessionResource.given(user);
    try {
      User made =
          access
              .users()
              .make(
                  caller.actor(),
                  AccessViews.secret("name", given.name()),
                  AccessViews.role(given.role()),
                  AccessViews.secret("password", given.password()));
      return Response.created(URI.create("/api/v1/users/" + made.name()))
          .entity(UserView.of(made))
          .build();
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }

  @PUT
  @Path("{name}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Change a user",
      description =
          "Who is disabled, or gets another password, is logged out everywhere. The last administrator who can log in by a password stays one.")
  public UserView change(
      @Parameter(description = "The user's name") @PathParam("name") String name,
      @Nullable UserChange change)
      throws SqlUnavailableException {
    UserChange given = SessionResource.given(change);
    Boolean enabled = given.enabled();
    if (enabled == null) {
      throw ApiException.parameter("enabled", "", "true or false");
    }
    try {
      User user =
          access
              .users()
              .change(
                  caller.actor(),
                  name,
                  AccessViews.role(given.role()),
                  enabled,
                  Params.emptyToNull(given.password()));
      access.changed();
      return UserView.of(user);
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }

  @DELETE
  @Path("{name}")
  @Operation(summary = "Take a user away", description = "With all sessions.")
  public void delete(@Parameter(description = "The user's name") @PathParam("name") String name)
      throws SqlUnavailableException {
    try {
      access.users().delete(caller.actor(), name);
      access.changed();
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }
}
