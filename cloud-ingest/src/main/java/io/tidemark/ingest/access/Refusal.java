package io.tidemark.ingest.access;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/**
 * Why a request is not let in, as an RFC 9457 problem.
 *
 * @param status 401, 403 or 503
 * @param title what kind of error
 * @param detail what is needed, and what to do
 */
public record Refusal(int status, String title, String detail) {
  /** What a client that has nothing to show is told to bring, as RFC 9110 wants it. */
  public static final String CHALLENGE = "Bearer realm=\"tidemark\"";

  private static final String WHY = "tidemark.why-void";
  private static final int RETRY_AFTER_SECONDS = 2;

  /** Keeps with a request why what came with it is void. */
  public static void isVoid(RoutingContext request, String why) {
    request.put(WHY, why);
  }

  /**
   * For who is nobody.
   *
   * @param role what is needed
   */
  public static Refusal nobody(RoutingContext request, String role) {
    String why = request.get(WHY);
    return new Refusal(
        401,
        "Unauthorized",
        (why == null || why.isEmpty() ? "" : why + "; ")
            + "this needs the role "
            + role
            + ": "
            + (role.equals(Roles.GATEWAY)
                ? "it is for gateways, and no user or API key has it"
                : "log in at /login, or send an API key as Authorization: Bearer tmk_..."));
  }

  /** For who is somebody, but not somebody who may. */
  public static Refusal role(String role) {
    return new Refusal(
        403,
        "Forbidden",
        "this needs the role "
            + role
            + (role.equals(Roles.GATEWAY)
                ? ": it is for gateways, and no user or API key has it"
                : ", which an administrator can give"));
  }

  static Refusal away(String why) {
    return new Refusal(503, "The SQL database is away", why);
  }

  void send(RoutingContext request) {
    HttpServerResponse response = request.response();
    if (response.ended()) {
      return;
    }
    response.setStatusCode(status);
    response.putHeader("Content-Type", "application/problem+json");
    if (status == 401) {
      response.putHeader("WWW-Authenticate", CHALLENGE);
    }
    if (status == 503) {
      response.putHeader("Retry-After", Integer.toString(RETRY_AFTER_SECONDS));
    }
    response.end(
        new JsonObject()
            .put("type", "about:blank")
            .put("title", title)
            .put("status", status)
            .put("detail", detail)
            .encode());
  }
}
