package io.tidemark.ingest.access;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;

/** The cookie of a session. */
public final class Cookies {
  private static final String NAME = "tidemark";

  /** Browsers take a cookie of this name over TLS only, and from this very host: RFC 6265bis. */
  private static final String HOST_NAME = "__Host-" + NAME;

  private Cookies() {}

  /** The secret a request brings; empty if it brings none. */
  static String secret(HttpServerRequest request) {
    Cookie cookie = request.getCookie(name(request));
    return cookie == null ? "" : cookie.getValue();
  }

  private static String name(HttpServerRequest request) {
    return request.isSSL() ? HOST_NAME : NAME;
  }

  /** What makes a browser keep a secret: until it is closed, and for this host alone. */
  public static String keep(HttpServerRequest request, String secret) {
    return header(request, secret) + (request.isSSL() ? "; Secure" : "");
  }

  /** What makes it forget it. */
  public static String forget(HttpServerRequest request) {
    return keep(request, "") + "; Max-Age=0";
  }

  private static String header(HttpServerRequest request, String secret) {
    return "%s=%s; Path=/; HttpOnly; SameSite=Strict".formatted(name(request), secret);
  }
}
