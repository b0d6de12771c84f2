package io.tidemark.ingest.web;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/**
 * Serves the one page under every address it draws, and sets what browsers are told about caching
 * and about where things may be loaded from. All of it runs on the event loop and never blocks.
 */
@ApplicationScoped
class Pages {
  /**
   * Nothing from another origin, no script or style inside the page, no framing. Images may be
   * {@code data:} because the bundler writes small ones so. See Content Security Policy Level 3.
   */
  static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
          + " frame-ancestors 'none'";

  /** Of files whose name has the hash of their contents: they never change. */
  static final String CACHE_FOR_EVER = "public, max-age=31536000, immutable";

  /** Of the page and the other files: kept, but asked for again each time. */
  static final String CACHE_BUT_ASK = "no-cache";

  /** Of what the API says, unless it says otherwise: it may be for some only. */
  static final String NOT_KEPT = "no-store";

  /** Addresses of pages beside the fleet's; the front end's router knows the same. */
  private static final List<String> PAGES =
      List.of(
          "/device/:device",
          "/compare",
          "/gateways",
          "/quarantine",
          "/alerts",
          "/login",
          "/password",
          "/access",
          "/tokens",
          "/audit");

  private static final String BUNDLE_PREFIX = "/static/bundle/";
  private static final String API_PREFIX = "/api/";
  private static final String INTAKE_PREFIX = "/intake/";

  /**
   * Quarkus' own pages (health, metrics, OpenAPI and its browser) have styles and scripts inside
   * them.
   */
  private static final String MANAGEMENT_PREFIX = "/q/";

  private static final int FILTER_PRIORITY = 100;

  void headers(@Observes Filters filters) {
    filters.register(Pages::addHeaders, FILTER_PRIORITY);
  }

  /** Every page has an address of its own that can be reloaded and sent to others. */
  void deepLinks(@Observes Router router) {
    for (String page : PAGES) {
      router
          .route(page)
          .method(HttpMethod.GET)
          .method(HttpMethod.HEAD)
          .handler(context -> context.reroute(context.request().method(), "/"));
    }
  }

  private static void addHeaders(RoutingContext context) {
    String path = context.normalizedPath();
    if (!path.startsWith(MANAGEMENT_PREFIX) && !path.startsWith(INTAKE_PREFIX)) {
      context.addHeadersEndHandler(done -> setHeaders(path, context.response()));
    }
    context.next();
  }

  private static void setHeaders(String path, HttpServerResponse response) {
    response.putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    response.putHeader("X-Content-Type-Options", "nosniff");
    response.putHeader("Referrer-Policy", "no-referrer");
    if (path.startsWith(BUNDLE_PREFIX) && response.getStatusCode() == 200) {
      response.putHeader(HttpHeaders.CACHE_CONTROL, CACHE_FOR_EVER);
    } else if (!path.startsWith(API_PREFIX)) {
      response.putHeader(HttpHeaders.CACHE_CONTROL, CACHE_BUT_ASK);
    } else if (!response.headers().contains(HttpHeaders.CACHE_CONTROL)) {
      response.putHeader(HttpHeaders.CACHE_CONTROL, NOT_KEPT);
    }
  }
}
