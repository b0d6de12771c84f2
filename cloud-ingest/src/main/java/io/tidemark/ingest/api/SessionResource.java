package io.tidemark.ingest.api;

import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.AccessException;
import io.tidemark.ingest.access.Cookies;
import io.tidemark.ingest.access.Holder;
import io.tidemark.ingest.access.Role;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.AccessViews.LoginRequest;
import io.tidemark.ingest.api.AccessViews.PasswordRequest;
import io.tidemark.ingest.api.AccessViews.SessionView;
import io.tidemark.ingest.api.AccessViews.SetupRequest;
import io.tidemark.ingest.api.AccessViews.UserView;
import io.tidemark.ingest.oidc.OidcSettings;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Who one is: to log in and out, and to change one's password. */
@Singleton
@Blocking
@Path("/api/v1/session")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "access")
@RolesAllowed(Roles.VIEWER)
public class SessionResource {
  private final Access access;
  private final SecurityIdentity identity;
  private final Caller caller;
  private final Optional<OidcSettings> oidc;

  @Inject
  SessionResource(
      Access access, SecurityIdentity identity, Caller caller, Optional<OidcSettings> oidc) {
    this.access = access;
    this.oidc = oidc;
    this.identity = identity;
    this.caller = caller;
  }

  @GET
  @PermitAll
  @Operation(summary = "Who one is, and what one may do", description = "For everybody.")
  public SessionView session() throws SqlUnavailableException {
    Holder holder = caller.holder();
    Role role = null;
    for (Role one : Role.values()) {
      role = identity.hasRole(one.word()) ? one : role;
    }
    return new SessionView(
        access.settings().isOn() ? "on" : "off",
        holder == null ? null : holder.name(),
        role == null ? null : role.word(),
        holder == null ? null : holder.kind() == Holder.Kind.KEY ? "key" : "session",
        holder == null && access.settings().isOn() && access.isSetupOpen(),
        oidc.map(OidcSettings::title).orElse(null));
  }

  @POST
  @PermitAll
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Log in",
      description =
          "Answers with a cookie. 401 if name or password are wrong; 429 with Retry-After after many of those, by user and by address.")
  @APIResponse(responseCode = "204", description = "The cookie is set")
  public Response logIn(@Nullable LoginRequest login) throws SqlUnavailableException {
    LoginRequest given = given(login);
    if (!access.settings().isOn()) {
      throw ApiException.of(409, "Conflict", "security is off: nobody has to log in");
    }
    String password = AccessViews.secret("password", given.password());
    String name = AccessViews.secret("name", given.name());
    try {
      String secret = access.logIn(caller.address(), name, password);
      return cookie(Cookies.keep(caller.request(), secret));
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }

  @DELETE
  @Operation(summary = "Log out")
  @APIResponse(responseCode = "204", description = "The session is over")
  public Response logOut(
      @Parameter(description = "true: end all of the user's sessions") @QueryParam("everywhere")
          @Nullable String everywhere)
      throws SqlUnavailableException {
    boolean all = Params.flag("everywhere", everywhere, false);
    access.logOut(caller.address(), ownSession(), all);
    return cookie(Cookies.forget(caller.request()));
  }

  @PUT
  @Path("password")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Give oneself another password",
      description = "All of the user's other sessions are over afterwards.")
  @APIResponse(responseCode = "204", description = "It is changed")
  public void changePassword(@Nullable PasswordRequest request) throws SqlUnavailableException {
    PasswordRequest given = given(request);
    try {
      access.changePassword(
          caller.address(),
          ownSession(),
          AccessViews.secret("current", given.current()),
          AccessViews.secret("next", given.next()));
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }

  @POST
  @Path("setup")
  @PermitAll
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Make the first administrator",
      description =
          "With the token that ingest has printed at its start, which is void afterwards. Where there is a user of this name, it becomes an administrator with this password.")
  @APIResponse(
      responseCode = "201",
      content = @Content(schema = @Schema(implementation = UserView.class)))
  public Response setUp(@Nullable SetupRequest request) throws SqlUnavailableException {
    SetupRequest given = given(request);
    try {
      return Response.status(Response.Status.CREATED)
          .entity(
              UserView.of(
                  access.setUp(
                      caller.address(),
                      AccessViews.secret("token", given.token()).strip(),
                      AccessViews.secret("name", given.name()),
                      AccessViews.secret("password", given.password()))))
          .build();
    } catch (AccessException e) {
      throw AccessViews.refused(e);
    }
  }

  /** The session the request is by. */
  private Holder ownSession() {
    Holder holder = caller.holder();
    if (holder == null || holder.kind() != Holder.Kind.SESSION) {
      throw ApiException.of(
          409, "Conflict", "this is about a session, and the request is not by one");
    }
    return holder;
  }

  private static Response cookie(String header) {
    return Response.noContent()
        .header(HttpHeaders.SET_COOKIE, header)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  /** A body that has to be there. */
  static <T> T given(@Nullable T body) {
    if (body == null) {
      throw ApiException.parameter("the body", "", "a JSON object");
    }
    return body;
  }
}
