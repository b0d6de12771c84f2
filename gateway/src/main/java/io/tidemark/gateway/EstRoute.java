package io.tidemark.gateway;

import io.tidemark.gateway.identity.EstPassage;
import io.tidemark.gateway.identity.GatewayIdentity;
import io.tidemark.identity.EstClient;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Enrolment (RFC 7030) for devices that reach gateways and nothing else: passed on to ingest, whose
 * answer comes back as it is. What is wrong is said in plain words, as ingest does.
 */
@ApplicationScoped
class EstRoute {
  private static final String AUTHORITIES = "/cacerts";
  private static final String ENROL = "/simpleenroll";
  private static final String RENEW = "/simplereenroll";
  private static final String RETRY_AFTER = "10"; // s
  private static final int NOT_HERE = 404;
  private static final int REFUSED = 403;
  private static final int UNAVAILABLE = 503;

  private final Gateway gateway;

  EstRoute(Gateway gateway) {
    this.gateway = gateway;
  }

  void register(@Observes Router router) {
    router.get(EstClient.PATH + AUTHORITIES).handler(request -> pass(request, AUTHORITIES));
    for (String path : new String[] {ENROL, RENEW}) {
      router
          .post(EstClient.PATH + path)
          .handler(BodyHandler.create(false).setBodyLimit(EstPassage.REQUEST_MAX_BYTES))
          .handler(request -> pass(request, path));
    }
  }

  private void pass(RoutingContext request, String path) {
    GatewayIdentity identity = gateway.identity();
    if (identity == null) {
      say(request, NOT_HERE, "there are no certificates here: tidemark.security is off");
      return;
    }
    X509Certificate shown = path.equals(RENEW) ? shown(request) : null;
    if (shown == null && path.equals(RENEW)) {
      say(
          request,
          REFUSED,
          "the certificate that is to be renewed has to be shown at the handshake");
      return;
    }
    Buffer body = request.body().buffer();
    identity
        .passage()
        .pass(
            new EstPassage.Asked(
                path,
                path.equals(AUTHORITIES) ? null : body == null ? new byte[0] : body.getBytes(),
                path.equals(ENROL) ? request.request().getHeader("Authorization") : null,
                shown))
        .whenComplete((answer, failure) -> answer(request, answer));
  }

  /** The certificate that was verified at the handshake; null if none was shown. */
  private static @Nullable X509Certificate shown(RoutingContext request) {
    SSLSession session = request.request().sslSession();
    try {
      return session != null && session.getPeerCertificates()[0] instanceof X509Certificate own
          ? own
          : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private static void answer(RoutingContext request, EstPassage.@Nullable Answer answer) {
    if (answer == null) {
      request.response().putHeader("Retry-After", RETRY_AFTER);
      say(request, UNAVAILABLE, "ingest, which makes certificates, cannot be asked now");
      return;
    }
    HttpServerResponse response = request.response().setStatusCode(answer.status());
    answer.headers().forEach(response::putHeader);
    response.end(Buffer.buffer(answer.body()));
  }

  private static void say(RoutingContext request, int status, String words) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end(words + "\n");
  }
}
