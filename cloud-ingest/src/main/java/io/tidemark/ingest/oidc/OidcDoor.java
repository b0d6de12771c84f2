package io.tidemark.ingest.oidc;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Stands before {@link #PATH}, to which the provider sends people back: what cannot become a login
 * ends at our login page, in words. Runs on the event loop and never blocks.
 */
@Singleton
final class OidcDoor {
  /** Begins a login, and takes the provider's answer. */
  static final String PATH = "/login/oidc";

  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest");

  private static final int CONNECT_MAX_MS = 3_000;
  private static final int HTTPS_PORT = 443;
  private static final int HTTP_PORT = 80;

  /** How Quarkus calls the cookie that belongs to a question; what it asked with comes after it. */
  private static final String QUESTION = "q_auth_" + OidcKeys.TENANT + "_";

  private final Optional<OidcSettings> settings;
  private final OidcLogins logins;
  private final NetClient net;

  @Inject
  OidcDoor(Optional<OidcSettings> settings, OidcLogins logins, Vertx vertx) {
    this.settings = settings;
    this.logins = logins;
    net = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MAX_MS));
  }

  void stand(@Observes Router router) {
    if (settings.isPresent()) {
      router.route(PATH).order(Integer.MIN_VALUE).handler(this::look).failureHandler(this::failed);
    }
  }

  private void look(RoutingContext context) {
    HttpServerRequest request = context.request();
    List<String> states = context.queryParam("state");
    boolean isAnswer = !states.isEmpty() || request.query() != null;
    boolean isAsked = states.size() == 1 && request.getCookie(QUESTION + states.get(0)) != null;
    if (isAnswer && !isAsked) {
      logins.end(context.response(), OidcLogins.UNASKED);
    } else if (isAnswer && context.queryParam("code").isEmpty()) {
      logins.end(context.response(), OidcLogins.DECLINED);
    } else if (isAnswer) {
      context.next();
    } else {
      nextIfThere(context);
    }
  }

  /**
   * A browser that is sent to a provider that does not answer shows an error of its own, and nobody
   * says that one can log in by a password.
   */
  private void nextIfThere(RoutingContext context) {
    URI issuer = settings.orElseThrow().issuer();
    boolean isSecure = "https".equalsIgnoreCase(issuer.getScheme());
    int port = issuer.getPort() > 0 ? issuer.getPort() : isSecure ? HTTPS_PORT : HTTP_PORT;
    net.connect(port, issuer.getHost())
        .onSuccess(
            socket -> {
              socket.close();
              context.next();
            })
        .onFailure(context::fail);
  }

  /** Whatever Quarkus finds wrong. Redirects of its own are failures to it, too. */
  private void failed(RoutingContext context) {
    int status = context.response().getStatusCode();
    if (status >= 300 && status < 400) {
      context.next();
      return;
    }
    String outcome = isAway(context.failure()) ? OidcLogins.AWAY : OidcLogins.FAILED;
    LOG.warnf("a login by the OpenID provider ended as %s: %s", outcome, words(context.failure()));
    logins.end(context.response(), outcome);
  }

  private static boolean isAway(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException || cause instanceof TimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** What went wrong in the end, by its kind: texts of others may have anything in them. */
  private static String words(Throwable failure) {
    Throwable last = failure;
    while (last != null && last.getCause() != null) {
      last = last.getCause();
    }
    return last == null ? "no reason" : last.getClass().getSimpleName();
  }
}
