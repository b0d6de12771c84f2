package io.tidemark.ingest.oidc;

import io.quarkus.oidc.UserInfo;
import io.quarkus.oidc.runtime.OidcJwtCallerPrincipal;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.Cookies;
import io.tidemark.ingest.access.NotLetInException;
import io.tidemark.ingest.access.Vouched;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** Makes of what a provider has said, and Quarkus has checked, a session of ours. */
@Singleton
@Blocking
@Path(OidcDoor.PATH)
public class OidcResource {
  private static final String QUARKUS_SESSION = "q_session_" + OidcKeys.TENANT;

  private final Access access;
  private final Optional<OidcSettings> settings;
  private final OidcLogins logins;
  private final SecurityIdentity identity;
  private final RoutingContext request;

  @Inject
  OidcResource(
      Access access,
      Optional<OidcSettings> settings,
      OidcLogins logins,
      SecurityIdentity identity,
      RoutingContext request) {
    this.access = access;
    this.settings = settings;
    this.logins = logins;
    this.identity = identity;
    this.request = request;
  }

  @GET
  @PermitAll
  @Operation(hidden = true)
  public Response enter() throws SqlUnavailableException {
    if (settings.isEmpty()
        || !(identity.getPrincipal() instanceof OidcJwtCallerPrincipal principal)) {
      return to("/login").build();
    }
    // Quarkus' own cookie, which would open nothing.
    Object unused = request.response().removeCookie(QUARKUS_SESSION, false);
    try {
      SocketAddress from = request.request().remoteAddress();
      String secret =
          access.logIn(
              from == null ? "" : String.valueOf(from.hostAddress()),
              person(settings.get(), principal));
      return to(logins.ended(OidcLogins.DONE))
          .header(HttpHeaders.SET_COOKIE, Cookies.keep(request.request(), secret))
          .build();
    } catch (NotLetInException e) {
      return to(logins.ended(e.why().code())).build();
    }
  }

  private Vouched person(OidcSettings terms, OidcJwtCallerPrincipal principal) {
    JsonObject idToken = new JsonObject(principal.getClaims().getRawJson());
    UserInfo info = identity.getAttribute("userinfo");
    Claims claims =
        new Claims(
            idToken, info == null ? new JsonObject() : new JsonObject(info.getUserInfoString()));
    return new Vouched(
        idToken.getString("iss") + " " + idToken.getString("sub"),
        claims.text(terms.nameClaim()),
        terms.role(claims.texts(terms.roleClaim())));
  }

  private static Response.ResponseBuilder to(String page) {
    return Response.seeOther(URI.create(page)).header(HttpHeaders.CACHE_CONTROL, "no-store");
  }
}
