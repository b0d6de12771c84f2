package io.tidemark.ingest.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.Holder;
import io.tidemark.ingest.access.Identities;
import io.tidemark.ingest.replicas.ChangeFeed;
import io.tidemark.wire.Names;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/v1/stream}: server-sent events. A listener that comes back with {@code
 * Last-Event-ID} goes on behind it if the ring still has what came since; else it gets an event
 * {@code gap} and goes on with what comes next.
 */
@Singleton
final class StreamRoute {
  static final String PATH = "/api/v1/stream";

  private final Vertx vertx;
  private final LiveEvents events;
  private final ChangeFeed feed;
  private final ObjectMapper json;
  private final Access access;
  private final int maxListeners;
  private final AtomicInteger open = new AtomicInteger();

  @Inject
  StreamRoute(
      Vertx vertx,
      LiveEvents events,
      ChangeFeed feed,
      ObjectMapper json,
      Access access,
      @ConfigProperty(name = "tidemark.live.max-listeners", defaultValue = "100")
          int maxListeners) {
    this.vertx = vertx;
    this.events = events;
    this.feed = feed;
    this.json = json;
    this.access = access;
    this.maxListeners = maxListeners;
  }

  void register(@Observes Router router) {
    router.get(PATH).handler(this::open);
  }

  private void open(RoutingContext request) {
    String device = request.queryParams().get("device");
    if (device != null && !device.isEmpty() && !Names.isDevice(device)) {
      refuse(
          request,
          new Problem(
              "about:blank",
              "A parameter is not valid",
              400,
              "device must be 1 to 128 of A-Z a-z 0-9 . _ : -",
              "device"));
      return;
    }
    if (open.incrementAndGet() > maxListeners) {
      open.decrementAndGet();
      refuse(
          request,
          Problem.of(
              503,
              "Too many listeners",
              "%d are listening, which is the limit; try again later".formatted(maxListeners)));
      return;
    }
    if (!feed.isShared()) {
      begin(request, device);
      return;
    }
    Future<Void> ready =
        vertx.executeBlocking(
            () -> {
              feed.listen();
              return null;
            },
            false);
    ready.onComplete(
        listened -> {
          if (listened.succeeded()) {
            begin(request, device);
          } else {
            open.decrementAndGet();
            refuse(
                request,
                Problem.of(
                    503,
                    "The database is away",
                    "what is stored cannot be followed now; try again later"));
          }
        });
  }

  private void begin(RoutingContext request, @Nullable String device) {
    HttpServerResponse response = request.response();
    response.setChunked(true);
    response.putHeader("Content-Type", "text/event-stream;charset=utf-8");
    response.putHeader("Cache-Control", "no-store");
    response.putHeader("X-Accel-Buffering", "no");
    new Listener(
            vertx,
            response,
            events,
            json,
            Params.emptyToNull(device),
            Params.emptyToNull(request.request().getHeader("Last-Event-ID")),
            access,
            holder(request),
            open::decrementAndGet)
        .start();
  }

  /** Whose session or key opened it; null if neither did. */
  private static @Nullable Holder holder(RoutingContext request) {
    return request.user() instanceof QuarkusHttpUser user
        ? Identities.holder(user.getSecurityIdentity())
        : null;
  }

  private void refuse(RoutingContext request, Problem problem) {
    HttpServerResponse response = request.response().setStatusCode(problem.status());
    response.putHeader("Content-Type", Problem.MEDIA_TYPE);
    if (problem.status() == 503) {
      response.putHeader("Retry-After", "10");
    }
    response.end(Listener.write(json, problem));
  }
}
