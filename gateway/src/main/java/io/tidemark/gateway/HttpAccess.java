package io.tidemark.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.tidemark.gateway.HttpTokens.May;
import io.tidemark.identity.EstClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Set;

/**
 * With security on, who may have what of the gateway's HTTPS: whether it is well anybody, as a
 * machine's supervisor asks that; enrolment whoever has a token or a certificate, at which ingest
 * looks; and everything else those who know one of the {@link HttpTokens}. Runs on the event loop
 * and never blocks.
 */
@ApplicationScoped
class HttpAccess {
  private static final Set<String> OPEN =
      Set.of(
          "/q/health/live",
          "/q/health/ready",
          "/q/health/started",
          EstClient.PATH + "/cacerts",
          EstClient.PATH + "/simpleenroll",
          EstClient.PATH + "/simplereenroll");

  private static final Set<HttpMethod> LOOKING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final int BEFORE_EVERYTHING = 10_000;
  private static final int NOBODY = 401;
  private static final int NOT_ENOUGH = 403;

  private final Gateway gateway;
  private final boolean secure;
  private final Counter nobody;
  private final Counter notEnough;

  HttpAccess(Gateway gateway, GatewaySettings given, MeterRegistry registry) {
    this.gateway = gateway;
    this.secure = given.security().equals("on");
    this.nobody = counter(registry, "token");
    this.notEnough = counter(registry, "operator");
  }

  private static Counter counter(MeterRegistry registry, String missing) {
    return Counter.builder("tidemark.gateway.http.refused")
        .description("Requests over HTTPS without the token that they need")
        .tag("missing", missing)
        .register(registry);
  }

  void register(@Observes Filters filters) {
    filters.register(this::check, BEFORE_EVERYTHING);
  }

  private void check(RoutingContext request) {
    if (!secure || OPEN.contains(request.normalizedPath())) {
      request.next();
      return;
    }
    May may = gateway.httpTokens().may(request.request().getHeader("Authorization"));
    if (may == May.CHANGE || may == May.LOOK && LOOKING.contains(request.request().method())) {
      request.next();
    } else if (may == May.LOOK) {
      notEnough.increment();
      refuse(request, NOT_ENOUGH, "this needs the token of tidemark.http.operator-token-file");
    } else {
      nobody.increment();
      request.response().putHeader("WWW-Authenticate", "Bearer");
      refuse(
          request,
          NOBODY,
          "this needs a token, Authorization: Bearer ..., that this gateway was given by tidemark.http.viewer-token-file or .operator-token-file");
    }
  }

  private static void refuse(RoutingContext request, int status, String why) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(new JsonObject().put("detail", why).encode());
  }
}
