package io.tidemark.ingest.access;

import io.quarkus.security.ForbiddenException;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpSecurityPolicy;
import io.smallrye.mutiny.Uni;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks every request before anything reads it: that no other site has a browser send it, and, at
 * addresses without annotations, that it has the role. Runs on the event loop and never blocks.
 */
@Singleton
public final class AccessPolicy implements HttpSecurityPolicy {
  /** Has to come with what changes something by a session; its value does not matter. */
  public static final String HEADER = "Tidemark-Request";

  private static final String REFUSAL = "tidemark.refusal";
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

  private final OwnHosts hosts;

  @Inject
  AccessPolicy(OwnHosts hosts) {
    this.hosts = hosts;
  }

  @Override
  public Uni<CheckResult> checkPermission(
      RoutingContext request,
      Uni<SecurityIdentity> identity,
      AuthorizationRequestContext requestContext) {
    return identity.map(
        who -> {
          Refusal refusal = check(request, who);
          if (refusal == null) {
            return CheckResult.PERMIT;
          }
          request.put(REFUSAL, refusal);
          return CheckResult.DENY;
        });
  }

  private @Nullable Refusal check(RoutingContext request, SecurityIdentity who) {
    HostAndPort asked = request.request().authority();
    if (asked != null && !hosts.isOwn(asked.host())) {
      return OwnHosts.refusal(asked.host());
    }
    HttpMethod method = request.request().method();
    Holder holder = Identities.holder(who);
    boolean isByKey = holder != null && holder.kind() == Holder.Kind.KEY;
    if (!SAFE.contains(method) && !isByKey) {
      Refusal forged = forged(request.request(), holder != null);
      if (forged != null) {
        return forged;
      }
    }
    String role = Doors.role(method, request.normalizedPath());
    if (role.equals(Doors.OPEN) || who.hasRole(role)) {
      return null;
    }
    return who.isAnonymous() ? Refusal.nobody(request, role) : Refusal.role(role);
  }

  /**
   * Why a request that changes something is not the pages' own; null if it may be. A browser says
   * from where a request comes, and no other site can add a header to one without asking first,
   * which nothing here answers. Programs send none of this, and have no cookie.
   */
  private static @Nullable Refusal forged(HttpServerRequest request, boolean isBySession) {
    String site = request.getHeader("Sec-Fetch-Site");
    String origin = request.getHeader("Origin");
    boolean isElsewhere =
        site != null
            ? !OWN_SITES.contains(site)
            : origin != null && !origin.equals(request.scheme() + "://" + request.authority());
    if (isElsewhere) {
      return forbidden("this changes something, and another site has the browser send it");
    }
    return isBySession && request.getHeader(HEADER) == null
        ? forbidden("a change by a session needs the header " + HEADER + "; API keys need none")
        : null;
  }

  private static Refusal forbidden(String why) {
    return new Refusal(403, "Forbidden", why);
  }

  /** Why the policy has refused a request; null if it has not. */
  static @Nullable Refusal refusal(RoutingContext request) {
    return request.get(REFUSAL);
  }

  /** Gives the words of a refusal to answers that Quarkus leaves empty. */
  void words(@Observes Router router) {
    router
        .route()
        .order(Integer.MIN_VALUE)
        .handler(RoutingContext::next)
        .failureHandler(AccessPolicy::failed);
  }

  private static void failed(RoutingContext request) {
    Refusal refusal = refusal(request);
    if (request.failure() instanceof ForbiddenException && refusal != null) {
      refusal.send(request);
      return;
    }
    for (Throwable cause = request.failure(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SqlUnavailableException) {
        Refusal.away(String.valueOf(cause.getMessage())).send(request);
        return;
      }
    }
    request.next();
  }
}
