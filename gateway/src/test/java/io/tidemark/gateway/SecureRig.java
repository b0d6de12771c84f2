package io.tidemark.gateway;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tidemark.gateway.forward.FakeIngest;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.ListSeal;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessListCodec;
import io.tidemark.wire.Routes;
import io.tidemark.wire.SignedAccessListCodec;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is around a gateway with security on: an ingest that tells it who may come in. */
final class SecureRig implements AutoCloseable {
  final FakeIngest ingest;
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Vertx vertx = Vertx.vertx();
  private final Path folder;

  /** What ingest tells of who may come in; null if it is away. */
  private volatile @Nullable AccessList told;

  private final Credential itself;

  /**
   * With an ingest.
   *
   * @param authority whom ingest is of, and believes
   * @param folder the gateway's
   */
  SecureRig(TestAuthority authority, Path folder) throws Exception {
    this.folder = folder;
    itself = authority.credential(new Identity(Role.INGEST, "ingest"), "127.0.0.1");
    ingest =
        new FakeIngest(
            Tls.server(
                new OwnCredential(itself),
                ClientTrust.of(authority.trust(), Clock.systemUTC(), (who, certificate) -> {})));
    ingest.answer(Routes.ACCESS_LIST_PATH, this::tell);
  }

  /** Ingest tells this from now on; null if it is away. */
  void tell(@Nullable AccessList list) {
    told = list;
  }

  private void tell(HttpExchange exchange) throws IOException {
    try (exchange) {
      AccessList list = told;
      String known = exchange.getRequestHeaders().getFirst("If-None-Match");
      if (list == null || ("\"%d\"".formatted(list.version())).equals(known)) {
        exchange.sendResponseHeaders(list == null ? 503 : 304, -1);
        return;
      }
      byte[] bytes =
          SignedAccessListCodec.encode(
              ListSeal.sign(AccessListCodec.encode(list), itself, Instant.now()));
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** Waits until the gateway has said that it goes by this list. */
  void awaitTold(long version) {
    await()
        .until(
            () -> ingest.reports().stream().anyMatch(report -> report.accessVersion() == version));
  }

  /** The gateway g1, not started; at free ports. */
  Gateway gateway(Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("tidemark.gateway.id", "g1");
    all.put("tidemark.cluster.peers", "g1=127.0.0.1:0");
    all.put("tidemark.data.dir", folder.toString());
    all.put("tidemark.ingest.urls", ingest.url().toString());
    all.put("tidemark.mqtt.host", "127.0.0.1");
    all.put("tidemark.mqtt.tls.port", "0");
    all.put("tidemark.coap.host", "127.0.0.1");
    all.put("tidemark.coap.dtls.port", "0");
    all.put("tidemark.report.interval", "100ms");
    all.putAll(more);
    return new Gateway(
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(all, "test", 100))
            .withConverter(Duration.class, 200, new DurationConverter())
            .withMapping(GatewaySettings.class)
            .build()
            .getConfigMapping(GatewaySettings.class),
        vertx,
        registry,
        "1.2.3");
  }

  @Override
  public void close() throws Exception {
    ingest.close();
    vertx.close().toCompletionStage().toCompletableFuture().get();
  }
}
