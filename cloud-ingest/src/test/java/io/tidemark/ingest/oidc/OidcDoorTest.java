package io.tidemark.ingest.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.access.Role;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.NetServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Very many logins that are begun, and perhaps never ended. */
@Timeout(120)
final class OidcDoorTest {
  private static final int BEYOND = 20;

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<HttpClient> clients = new ArrayList<>();

  /** What has passed the door, and waits. */
  private final List<RoutingContext> passed = new CopyOnWriteArrayList<>();

  private final AtomicInteger looks = new AtomicInteger();
  private int port;

  @BeforeEach
  void start() {
    NetServer provider =
        done(
            vertx
                .createNetServer()
                .connectHandler(socket -> looks.incrementAndGet())
                .listen(0, "127.0.0.1"));
    OidcSettings settings =
        OidcSettings.of(
                URI.create("http://127.0.0.1:" + provider.actualPort()),
                "tidemark",
                null,
                "it",
                "name",
                "groups",
                Map.of(Role.VIEWER, List.of("all")))
            .orElseThrow();
    Router router = Router.router(vertx);
    new OidcDoor(
            Optional.of(settings),
            new OidcLogins(registry),
            vertx,
            Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))
        .stand(router);
    router.route().handler(passed::add);
    HttpServer server =
        done(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    port = server.actualPort();
  }

  @AfterEach
  void stop() {
    done(vertx.close());
  }

  private static <T> T done(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  /** Begun at once, by as many connections. */
  private List<Future<HttpClientResponse>> begin(String address, int count) {
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions().setLocalAddress(address),
            new PoolOptions().setHttp1MaxSize(count));
    clients.add(client);
    List<Future<HttpClientResponse>> begun = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      begun.add(
          client
              .request(HttpMethod.GET, port, "127.0.0.1", OidcDoor.PATH)
              .compose(request -> request.send()));
    }
    return begun;
  }

  private double refused() {
    return registry.counter("tidemark.ingest.oidc.logins", "outcome", OidcLogins.TOO_MANY).count();
  }

  private static void assertRefused(List<Future<HttpClientResponse>> begun, int count) {
    await().until(() -> begun.stream().filter(Future::isComplete).count() == count);
    assertThat(begun)
        .filteredOn(Future::isComplete)
        .allMatch(each -> each.result().statusCode() == 303)
        .allMatch(each -> each.result().getHeader("Location").equals("/login?oidc=too-many"));
  }

  @Test
  void anAddressBeginsNoMoreThanItMay() {
    int may = OidcDoor.STEPS_OF_ADDRESS;
    List<Future<HttpClientResponse>> begun = begin("127.0.0.1", may + BEYOND);
    assertRefused(begun, BEYOND);
    await().until(() -> passed.size() == may);
    assertThat(refused()).isEqualTo(BEYOND);
    assertThat(looks.get()).as("of the provider, by all of them").isLessThan(may / 2);
    begin("127.0.0.2", 1);
    await().until(() -> passed.size() == may + 1);
  }

  @Test
  void notMoreAreOnTheirWayThanMayBeWhoeverBeginsThem() {
    int may = OidcDoor.AT_A_TIME_MAX;
    List<Future<HttpClientResponse>> begun = new ArrayList<>(begin("127.0.0.1", may / 2));
    begun.addAll(begin("127.0.0.2", may / 2));
    await().until(() -> passed.size() == may);
    assertRefused(begin("127.0.0.3", BEYOND), BEYOND);
    assertThat(refused()).isEqualTo(BEYOND);
    assertThat(begun).noneMatch(Future::isComplete);
    // A place is free again when one is answered, or has gone.
    passed.get(0).response().end();
    clients.get(1).close();
    await()
        .until(
            () -> {
              begin("127.0.0.4", 1);
              return passed.size() > may + 1;
            });
  }
}
