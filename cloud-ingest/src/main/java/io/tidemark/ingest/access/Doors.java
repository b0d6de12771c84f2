package io.tidemark.ingest.access;

import io.vertx.core.http.HttpMethod;
import java.util.Set;

/** What is needed at addresses that have no annotation to say it. */
final class Doors {
  /** Whoever comes. */
  static final String OPEN = "";

  private static final Set<String> HEALTH =
      Set.of("/q/health/live", "/q/health/ready", "/q/health/started");

  private Doors() {}

  /**
   * The role that an address needs; {@link #OPEN} if none.
   *
   * @param path normalized, as it is routed by
   */
  static String role(HttpMethod method, String path) {
    if (HEALTH.contains(path)) {
      return OPEN;
    }
    if (path.startsWith("/api/v1/stream") || path.equals("/q") || path.startsWith("/q/")) {
      return Roles.VIEWER;
    }
    if (isAnnotated(path)) {
      return OPEN; // each method says what it needs, and what says nothing is denied
    }
    // The pages and what they are made of: nothing of what is kept.
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) ? OPEN : Roles.ADMIN;
  }

  /** Whether resources with annotations answer there. */
  static boolean isAnnotated(String path) {
    return path.startsWith("/api/")
        || path.startsWith("/intake/")
        || path.startsWith("/.well-known/est/");
  }
}
