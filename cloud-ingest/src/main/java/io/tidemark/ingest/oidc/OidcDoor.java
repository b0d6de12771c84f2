package io.tidemark.ingest.oidc;

import io.tidemark.identity.Attempts;
import io.tidemark.ingest.access.Access;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Stands before {@link #PATH}, to which the provider sends people back: what cannot become a login
 * ends at our login page, in words. Of a login that is begun nothing is kept here: what it needs is
 * in the browser's cookie, encrypted. What costs something, here or at the provider, is bounded by
 * address and altogether. Runs on event loops and never blocks.
 */
@Singleton
final class OidcDoor {
  /** Begins a login, and takes the provider's answer. */
  static final String PATH = "/login/oidc";

  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest");

  /** A login is two: to the provider, and back. */
  static final int STEPS_OF_ADDRESS = 60;

  private static final Duration STEP_OF_ADDRESS_EVERY = Duration.ofSeconds(1);

  /** Steps that are not answered. */
  static final int AT_A_TIME_MAX = 100;

  private static final int CONNECT_MAX_MS = 3_000;
  private static final int HTTPS_PORT = 443;
  private static final int HTTP_PORT = 80;

  /** How Quarkus calls the cookie that belongs to a question; what it asked with comes after it. */
  private static final String QUESTION = "q_auth_" + OidcKeys.TENANT + "_";

  private final Optional<OidcSettings> settings;
  private final OidcLogins logins;
  private final Vertx vertx;
  private final NetClient net;
  private final Attempts steps;
  private final AtomicInteger onTheirWay = new AtomicInteger();

  /** The look for the provider that has begun last; all that come meanwhile wait for it. */
  private @Nullable Future<Void> looking;

  @Inject
  OidcDoor(Optional<OidcSettings> settings, OidcLogins logins, Vertx vertx, Clock clock) {
    this.settings = settings;
    this.logins = logins;
    this.vertx = vertx;
    steps = new Attempts(STEPS_OF_ADDRESS, STEP_OF_ADDRESS_EVERY, clock);
    net = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MAX_MS));
  }

  void stand(@Observes Router router) {
    if (settings.isPresent()) {
      router
          .route(PATH)
          .order(Integer.MIN_VALUE)
          .handler(this::arrived)
          .failureHandler(this::failed);
    }
  }

  private void arrived(RoutingContext context) {
    HttpServerRequest request = context.request();
    List<String> states = context.queryParam("state");
    boolean isAnswer = !states.isEmpty() || request.query() != null;
    boolean isAsked = states.size() == 1 && request.getCookie(QUESTION + states.get(0)) != null;
    if (isAnswer && !isAsked) {
      logins.end(context.response(), OidcLogins.UNASKED);
    } else if (isAnswer && context.queryParam("code").isEmpty()) {
      logins.end(context.response(), OidcLogins.DECLINED);
    } else if (!enter(context)) {
      logins.end(context.response(), OidcLogins.TOO_MANY);
    } else if (isAnswer) {
      context.next();
    } else {
      nextIfThere(context);
    }
  }

  /** Takes a place until this is answered; false if it has to come later. */
  private boolean enter(RoutingContext context) {
    SocketAddress from = context.request().remoteAddress();
    String address = from == null ? "" : String.valueOf(from.hostAddress());
    if (steps.take(Access.network(address)) > 0) {
      return false;
    }
    if (onTheirWay.incrementAndGet() > AT_A_TIME_MAX) {
      onTheirWay.decrementAndGet();
      return false;
    }
    context.addEndHandler(ended -> onTheirWay.decrementAndGet());
    return true;
  }

  /**
   * A browser that is sent to a provider that does not answer shows an error of its own, and nobody
   * says that one can log in by a password.
   */
  private void nextIfThere(RoutingContext context) {
    Context here = vertx.getOrCreateContext();
    look()
        .onComplete(
            looked ->
                here.runOnContext(
                    nothing -> {
                      if (looked.succeeded()) {
                        context.next();
                      } else {
                        context.fail(looked.cause());
                      }
                    }));
  }

  /** Whether it is there; by one connection at a time, however many want to know. */
  private synchronized Future<Void> look() {
    if (looking == null || looking.isComplete()) {
      looking = connected();
    }
    return looking;
  }

  private Future<Void> connected() {
    URI issuer = settings.orElseThrow().issuer();
    boolean isSecure = "https".equalsIgnoreCase(issuer.getScheme());
    int port = issuer.getPort() > 0 ? issuer.getPort() : isSecure ? HTTPS_PORT : HTTP_PORT;
    return net.connect(port, issuer.getHost()).onSuccess(NetSocket::close).mapEmpty();
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
