package io.tidemark.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.gateway.coap.CoapDtls;
import io.tidemark.gateway.coap.CoapListener;
import io.tidemark.gateway.forward.ForwardSettings;
import io.tidemark.gateway.forward.IngestClient;
import io.tidemark.gateway.identity.AccessLists;
import io.tidemark.gateway.identity.GatewayIdentity;
import io.tidemark.gateway.identity.Passwords;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.gateway.intake.DeviceRates;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.mqtt.MqttListener;
import io.tidemark.gateway.mqtt.MqttTls;
import io.tidemark.gateway.replication.Cluster;
import io.tidemark.gateway.replication.LogStartException;
import io.tidemark.gateway.replication.PeerTls;
import io.tidemark.gateway.replication.SharedList;
import io.tidemark.gateway.replication.State;
import io.tidemark.wire.AccessList;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the rooms: devices to the intake, the intake to the log, the log to ingest; starts them in
 * the order data flows back and stops them in the order it flows.
 *
 * <p>{@link #start} and {@link #stop} block and are called by one thread, once each.
 */
@ApplicationScoped
public class Gateway {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  /** Everything that runs. */
  private record Running(
      Cluster cluster,
      LogIntake intake,
      MqttListener mqtt,
      CoapListener coap,
      Forwarders forwarders,
      GatewayMetrics metrics,
      Reporter reporter,
      @Nullable AccessFetch fetch,
      @Nullable GatewayIdentity identity) {}

  private final GatewaySettings given;
  private final Vertx vertx;
  private final MeterRegistry registry;
  private final String version;
  private volatile boolean stopped;
  private volatile String waitsFor = "is not started";
  private volatile @Nullable GatewayIdentity identity;
  private volatile HttpTokens httpTokens = HttpTokens.NONE;
  private volatile @Nullable Running running;

  Gateway(
      GatewaySettings given,
      Vertx vertx,
      MeterRegistry registry,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.given = given;
    this.vertx = vertx;
    this.registry = registry;
    this.version = version;
  }

  /**
   * Starts.
   *
   * @throws IllegalArgumentException if a setting is wrong
   * @throws LogStartException if the log does not open
   * @throws IOException if it cannot listen, has no credential, or a token for HTTPS is none
   */
  public void start() throws LogStartException, IOException, InterruptedException {
    Settings settings = Settings.of(given);
    httpTokens = HttpTokens.read(given.http());
    stopped = false;
    GatewayIdentity opened =
        settings.identity() == null
            ? null
            : GatewayIdentity.open(
                settings.identity(), Clock.systemUTC(), () -> stopped, this::say);
    identity = opened;
    try {
      start(settings, opened);
    } finally {
      if (running == null && opened != null) {
        opened.close();
      }
    }
  }

  private static @Nullable PeerTls peerTls(@Nullable GatewayIdentity identity) {
    return identity == null
        ? null
        : new PeerTls(identity.own(), identity.trust(), identity.lists()::bars, Clock.systemUTC());
  }

  private void start(Settings settings, @Nullable GatewayIdentity identity)
      throws LogStartException, IOException, InterruptedException {
    PeerTls peers = peerTls(identity);
    Cluster cluster = Cluster.open(settings.log(), peers, () -> stopped, this::say);
    LogIntake intake =
        new LogIntake(
            settings.intake(),
            new DeviceRates(settings.rates(), indexed(identity, DeviceRates::sitesOf)),
            cluster.own(),
            Clock.systemUTC(),
            cluster::elsewhere);
    Secrets secrets = new Secrets(indexed(identity, Secrets.Known::of));
    MqttListener mqtt =
        new MqttListener(vertx, settings.mqtt(), intake, mqttTls(settings, identity, secrets));
    CoapListener coap =
        new CoapListener(
            settings.coap(),
            intake,
            identity == null ? null : new CoapDtls(identity.own(), identity.devices(), secrets));
    try {
      mqtt.start();
      coap.start();
    } catch (IOException e) {
      mqtt.close();
      intake.close();
      cluster.close();
      throw e;
    }
    cluster.listening(
        settings.reached(
            settings.advertised().mqtt(), identity == null ? mqtt.port() : mqtt.tlsPort()),
        settings.reached(
            settings.advertised().coap(), identity == null ? coap.port() : coap.dtlsPort()));
    Forwarders forwarders =
        new Forwarders(
            settings.forward(),
            cluster,
            client(settings.forward(), identity),
            new GroupMetrics(registry),
            Clock.systemUTC());
    cluster.onLogs(forwarders::follow);
    forwarders.follow();
    // The registry does not hold it.
    GatewayMetrics metrics = new GatewayMetrics(cluster, intake, mqtt, coap, forwarders);
    metrics.bindTo(registry);
    new DiskMetrics(settings.log()).bindTo(registry);
    if (identity != null && peers != null) {
      new IdentityMetrics(identity, peers).bindTo(registry);
    }
    Reporter reporter =
        reporter(
            settings,
            metrics,
            identity == null ? () -> 0 : identity.lists()::version,
            client(settings.forward(), identity));
    AccessFetch fetch = null;
    if (identity != null) {
      shareList(identity.lists(), cluster, mqtt, coap);
      fetch =
          new AccessFetch(
              settings.forward().urls(), client(settings.forward(), identity), identity.lists());
      fetch.start();
    }
    running =
        new Running(cluster, intake, mqtt, coap, forwarders, metrics, reporter, fetch, identity);
    reporter.start();
    LOG.info(
        "Gateway {} of {}: MQTT at {}, CoAP at {}, replication at port {}, logs in {}, forwards to {}",
        settings.log().gateway(),
        settings.log().peers().addresses().size(),
        at(settings.mqtt().host(), mqtt.tlsPort(), "TLS", mqtt.port()),
        at(settings.coap().host(), coap.dtlsPort(), "DTLS", coap.port()),
        cluster.port(),
        settings.log().dir(),
        settings.forward().urls());
  }

  /** What is made of the newest access list; with security off there is none. */
  private static <T> Supplier<T> indexed(
      @Nullable GatewayIdentity identity, Function<AccessList, T> making) {
    if (identity == null) {
      T none = making.apply(AccessList.EMPTY);
      return () -> none;
    }
    return identity.lists().index(making);
  }

  private static @Nullable MqttTls mqttTls(
      Settings settings, @Nullable GatewayIdentity identity, Secrets secrets) throws IOException {
    try {
      return identity == null
          ? null
          : new MqttTls(
              identity.own(),
              identity.devices(),
              new Passwords(settings.passwords(), secrets, Clock.systemUTC()));
    } catch (GeneralSecurityException e) {
      throw new IOException("there is no TLS here: " + e.getMessage(), e);
    }
  }

  /** Whoever is shut out has to go, and the other gateways have to know it. */
  private static void shareList(
      AccessLists lists, Cluster cluster, MqttListener mqtt, CoapListener coap) {
    lists.onChange(mqtt::lookAgain);
    lists.onChange(coap::lookAgain);
    cluster.share(
        new SharedList() {
          private String said = "";

          @Override
          public long version() {
            return lists.version();
          }

          @Override
          public byte[] bytes() {
            return lists.bytes();
          }

          @Override
          public void offered(byte[] list, String from) {
            try {
              lists.offered(list, "gateway " + from);
            } catch (IOException e) {
              say(from + ": " + e.getMessage());
            }
          }

          /** Once, as one that offers it goes on to. */
          private synchronized void say(String what) {
            if (!what.equals(said)) {
              said = what;
              LOG.warn("What a gateway gives is no access list of ingest; gateway {}", what);
            }
          }
        });
  }

  private static IngestClient client(ForwardSettings forward, @Nullable GatewayIdentity identity) {
    IngestClient client =
        new IngestClient(
            forward.connectTimeout(),
            forward.requestTimeout(),
            identity == null ? IngestClient.Proof.NONE : identity::towardsIngest);
    if (identity != null) {
      identity.onRenewed(client::reconnect);
    }
    return client;
  }

  /** Where a listener listens, for the log; who finds a port without TLS open shall know it. */
  private static String at(String host, int secure, String how, int plain) {
    List<String> ports = new ArrayList<>();
    if (secure >= 0) {
      ports.add("%s:%d (%s)".formatted(host, secure, how));
    }
    if (plain >= 0) {
      ports.add("%s:%d (open to anybody, not encrypted)".formatted(host, plain));
    }
    return String.join(" and ", ports);
  }

  private Reporter reporter(
      Settings settings, GatewayMetrics metrics, LongSupplier accessVersion, IngestClient client) {
    Reporter reporter =
        new Reporter(
            settings.forward().urls(),
            settings.reportInterval(),
            client,
            new OwnReport(version, settings.reportInterval(), metrics, accessVersion));
    reporter.bindTo(registry);
    return reporter;
  }

  private void say(String what) {
    LOG.info("Gateway {} {}", given.gateway().id(), what);
    waitsFor = what;
  }

  /** Takes no more, finishes what commits, and closes the log. Nothing acknowledged is lost. */
  public void stop() throws InterruptedException {
    stopped = true;
    Running ending = running;
    running = null;
    if (ending == null) {
      return;
    }
    try {
      ending.reporter.close();
      if (ending.fetch != null) {
        ending.fetch.close();
      }
      ending.cluster.leave();
      ending.mqtt.drain();
      ending.coap.drain();
      ending.intake.close();
      ending.cluster.handOver();
    } finally {
      ending.mqtt.close();
      ending.coap.close();
      ending.forwarders.close();
      ending.cluster.close();
      if (ending.identity != null) {
        ending.identity.close();
      }
    }
    LOG.info("Gateway {} has stopped; what it acknowledged is in its log", given.gateway().id());
  }

  /** TCP port of the MQTT listener without TLS; -1 if it does not listen there. */
  public int mqttPort() {
    Running now = running;
    return now == null ? -1 : now.mqtt.port();
  }

  /** TCP port of the MQTT listener with TLS; -1 if it does not listen there. */
  int mqttTlsPort() {
    Running now = running;
    return now == null ? -1 : now.mqtt.tlsPort();
  }

  /** UDP port of the CoAP listener without DTLS; -1 if it does not listen there. */
  public int coapPort() {
    Running now = running;
    return now == null ? -1 : now.coap.port();
  }

  /** UDP port of the CoAP listener with DTLS; -1 if it does not listen there. */
  int coapDtlsPort() {
    Running now = running;
    return now == null ? -1 : now.coap.dtlsPort();
  }

  /** The cluster as this gateway sees it; null as long as it is not started. */
  @Nullable Cluster cluster() {
    Running now = running;
    return now == null ? null : now.cluster;
  }

  /** What only a restart helps with, in words; empty if there is nothing. */
  String failure() {
    Running now = running;
    if (now == null) {
      return "";
    }
    return now.forwarders.broken()
        ? "forwarding has stopped by a defect: start again"
        : now.cluster.failure();
  }

  /** The version of this program. */
  String version() {
    return version;
  }

  /** With what it proves who it is; null with security off, and as long as it has none. */
  @Nullable GatewayIdentity identity() {
    return identity;
  }

  /** Whoever may look at it over HTTPS; nobody as long as it is not started. */
  HttpTokens httpTokens() {
    return httpTokens;
  }

  boolean started() {
    return running != null;
  }

  /** What the log is doing; electing as long as it is not started. */
  State logState() {
    Running now = running;
    return now == null ? new State(State.Role.ELECTING, waitsFor) : now.cluster.own().state();
  }

  /** Whether it has had, since it started, what the others had committed. */
  boolean hasCaughtUp() {
    Running now = running;
    return now != null && now.cluster.hasCaughtUp();
  }

  boolean listening() {
    Running now = running;
    return now != null && now.mqtt.listening() && now.coap.listening();
  }
}
