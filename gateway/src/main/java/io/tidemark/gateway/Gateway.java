package io.tidemark.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.gateway.coap.CoapListener;
import io.tidemark.gateway.forward.Forwarder;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.mqtt.MqttListener;
import io.tidemark.gateway.replication.LogStartException;
import io.tidemark.gateway.replication.RatisLog;
import io.tidemark.gateway.replication.State;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Clock;
import java.util.random.RandomGenerator;
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
      RatisLog log,
      LogIntake intake,
      MqttListener mqtt,
      CoapListener coap,
      Forwarder forwarder,
      GatewayMetrics metrics) {}

  private final GatewaySettings given;
  private final Vertx vertx;
  private final MeterRegistry registry;
  private volatile @Nullable Running running;

  Gateway(GatewaySettings given, Vertx vertx, MeterRegistry registry) {
    this.given = given;
    this.vertx = vertx;
    this.registry = registry;
  }

  /**
   * Starts.
   *
   * @throws IllegalArgumentException if a setting is wrong
   * @throws LogStartException if the log does not open
   * @throws IOException if it cannot listen
   */
  public void start() throws LogStartException, IOException, InterruptedException {
    Settings settings = Settings.of(given);
    RatisLog log = RatisLog.open(settings.log());
    LogIntake intake = new LogIntake(settings.intake(), log, Clock.systemUTC());
    MqttListener mqtt = new MqttListener(vertx, settings.mqtt(), intake);
    CoapListener coap = new CoapListener(settings.coap(), intake);
    Forwarder forwarder =
        new Forwarder(settings.forward(), log, RandomGenerator.of("L64X128MixRandom"));
    try {
      mqtt.start();
      coap.start();
    } catch (IOException e) {
      mqtt.close();
      intake.close();
      log.close();
      throw e;
    }
    forwarder.start();
    // The registry does not hold it.
    GatewayMetrics metrics = new GatewayMetrics(log, intake, mqtt, coap, forwarder);
    metrics.bindTo(registry);
    running = new Running(log, intake, mqtt, coap, forwarder, metrics);
    LOG.info(
        "Gateway {}: MQTT at {}:{}, CoAP at {}:{}, replication at port {}, log in {}, forwards to {}",
        settings.log().gateway(),
        settings.mqtt().host(),
        mqtt.port(),
        settings.coap().host(),
        coap.port(),
        log.port(),
        settings.log().dir(),
        settings.forward().urls());
  }

  /** Takes no more, finishes what commits, and closes the log. Nothing acknowledged is lost. */
  public void stop() throws InterruptedException {
    Running stopped = running;
    running = null;
    if (stopped == null) {
      return;
    }
    stopped.mqtt.drain();
    stopped.coap.drain();
    stopped.intake.close();
    stopped.mqtt.close();
    stopped.coap.close();
    stopped.forwarder.close();
    stopped.log.close();
    LOG.info("Gateway {} has stopped; what it acknowledged is in its log", given.gateway().id());
  }

  /** TCP port of the MQTT listener; -1 if it does not listen. */
  public int mqttPort() {
    Running now = running;
    return now == null ? -1 : now.mqtt.port();
  }

  /** UDP port of the CoAP listener; -1 if it does not listen. */
  public int coapPort() {
    Running now = running;
    return now == null ? -1 : now.coap.port();
  }

  boolean started() {
    return running != null;
  }

  /** What the log is doing; electing as long as it is not started. */
  State logState() {
    Running now = running;
    return now == null ? new State(State.Role.ELECTING, "not started") : now.log.state();
  }

  boolean listening() {
    Running now = running;
    return now != null && now.mqtt.listening() && now.coap.listening();
  }

  boolean forwarding() {
    Running now = running;
    return now == null || !now.forwarder.broken();
  }
}
