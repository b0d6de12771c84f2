package io.tidemark.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.tidemark.gateway.coap.CoapListener;
import io.tidemark.gateway.forward.Forwarder;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.mqtt.CloseReason;
import io.tidemark.gateway.mqtt.MqttListener;
import io.tidemark.gateway.mqtt.WillOutcome;
import io.tidemark.gateway.replication.Cluster;
import io.tidemark.identity.UntrustedException;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * What can be watched. At every moment {@code received = committed + passed + refused + pending}
 * and {@code committed = forwarded + handed over + waiting}. Readings that are found unforwarded
 * when this gateway begins to lead a group, and those that other gateways pass to it, count as
 * received and committed here.
 */
record GatewayMetrics(
    Cluster cluster, LogIntake intake, MqttListener mqtt, CoapListener coap, Forwarders forwarders)
    implements MeterBinder {
  private static final String READINGS = "tidemark.gateway.readings.";

  @Override
  public void bindTo(MeterRegistry registry) {
    readings(registry);
    indexes(registry);
    count(registry, "tidemark.gateway.qos0.messages", "outcome", "taken", m -> m.mqtt.qos0Taken());
    count(
        registry,
        "tidemark.gateway.qos0.messages",
        "outcome",
        "committed",
        m -> m.mqtt.qos0Committed());
    count(registry, "tidemark.gateway.qos0.messages", "outcome", "lost", m -> m.mqtt.qos0Lost());
    coap(registry);
    forward(registry, "stored", m -> m.sum(Forwarder::requestsStored));
    forward(registry, "failed", m -> m.sum(Forwarder::requestsFailed));
    forward(registry, "rejected", m -> m.sum(Forwarder::requestsRejected));
    FunctionCounter.builder(
            "tidemark.gateway.forward.resends", this, m -> m.sum(Forwarder::resends))
        .description("Requests with entries that were sent again")
        .register(registry);
    FunctionCounter.builder(
            "tidemark.gateway.log.read.failures", this, m -> m.sum(Forwarder::readFailures))
        .description("Times the log could not be read")
        .register(registry);
  }

  private void coap(MeterRegistry registry) {
    String non = "tidemark.gateway.coap.non.messages";
    count(registry, non, "outcome", "taken", m -> m.coap.nonTaken());
    count(registry, non, "outcome", "committed", m -> m.coap.nonCommitted());
    count(registry, non, "outcome", "lost", m -> m.coap.nonLost());
    String discarded = "tidemark.gateway.coap.datagrams.discarded";
    count(registry, discarded, "reason", "malformed", m -> m.coap.malformed());
    count(registry, discarded, "reason", "backlog", m -> m.coap.dropped());
    count(registry, discarded, "reason", "rate", m -> m.coap.tooFast());
    count(registry, discarded, "reason", "unsent", m -> m.coap.unsent());
    String refused = "tidemark.gateway.coap.handshakes.refused";
    for (UntrustedException.Reason reason : UntrustedException.Reason.values()) {
      String tag = reason.name().toLowerCase(Locale.ROOT);
      count(registry, refused, "reason", tag, m -> m.coap.untrustedFor(reason));
    }
    count(registry, refused, "reason", "handshake", m -> m.coap.handshakesFailed());
    count(registry, refused, "reason", "wrong_key", m -> m.coap.wrongKeys());
    gauge(
        registry,
        "tidemark.gateway.coap.dtls.connections",
        "Devices whose keys are kept, and handshakes that are not over",
        m -> m.coap.dtlsConnections());
    gauge(
        registry,
        "tidemark.gateway.coap.dtls.handshakes",
        "DTLS handshakes that are not over",
        m -> m.coap.dtlsHandshakes());
    gauge(
        registry,
        "tidemark.gateway.coap.in.flight",
        "Requests taken and not answered",
        m -> m.coap.inFlight());
  }

  long received() {
    return intake.received() + cluster.counts().others();
  }

  long committed() {
    return cluster.counts().committed();
  }

  long forwarded() {
    return sum(Forwarder::readingsForwarded);
  }

  private void readings(MeterRegistry registry) {
    FunctionCounter.builder(READINGS + "received", this, GatewayMetrics::received)
        .description("Readings that came, were passed here, or were found when a group was led")
        .register(registry);
    FunctionCounter.builder(READINGS + "committed", this, GatewayMetrics::committed)
        .description("Readings committed in groups led here, or found there")
        .register(registry);
    FunctionCounter.builder(READINGS + "passed", this, m -> m.cluster.counts().passed())
        .description(
            "Readings passed to another gateway that leads this one's group, and committed")
        .register(registry);
    FunctionCounter.builder(READINGS + "forwarded", this, GatewayMetrics::forwarded)
        .description("Readings acknowledged by ingest")
        .register(registry);
    FunctionCounter.builder(
            READINGS + "handed.over", this, m -> m.sum(Forwarder::readingsHandedOver))
        .description("Readings committed here that are another leader's to forward")
        .register(registry);
    for (Reason reason : Reason.values()) {
      FunctionCounter.builder(READINGS + "refused", this, m -> m.intake.refusedReadings(reason))
          .description("Readings refused; a payload nobody could read counts as one")
          .tag("reason", reason.tag())
          .register(registry);
    }
    gauge(
        registry,
        READINGS + "pending",
        "Readings taken and not committed",
        m -> m.intake.pending());
    gauge(
        registry,
        READINGS + "waiting",
        "Readings committed and not forwarded",
        m -> Math.max(0, m.committed() - m.forwarded() - m.sum(Forwarder::readingsHandedOver)));
  }

  private void indexes(MeterRegistry registry) {
    gauge(registry, "tidemark.gateway.connections", "Connected devices", m -> m.mqtt.connections());
    gauge(
        registry,
        "tidemark.gateway.sessions.parked",
        "MQTT sessions whose device is away",
        m -> m.mqtt.sessionsParked());
    FunctionCounter.builder("tidemark.gateway.mqtt.recognized", this, m -> m.mqtt.recognized())
        .description("Messages that came again in a session, while the first had no answer")
        .register(registry);
    for (CloseReason reason : CloseReason.values()) {
      FunctionCounter.builder("tidemark.gateway.mqtt.closed", this, m -> m.mqtt.closedFor(reason))
          .description("MQTT connections that the gateway turned away or ended")
          .tag("reason", reason.tag())
          .register(registry);
    }
    for (WillOutcome outcome : WillOutcome.values()) {
      FunctionCounter.builder("tidemark.gateway.wills", this, m -> m.mqtt.wills(outcome))
          .description("Wills of MQTT connections that ended without a word")
          .tag("outcome", outcome.tag())
          .register(registry);
    }
    gauge(
        registry,
        "tidemark.gateway.wills.waiting.bytes",
        "Bytes of wills that wait for their delay",
        m -> m.mqtt.willsWaitingBytes());
    throttled(registry, "connection", m -> m.mqtt.throttled());
    throttled(registry, "address", m -> m.mqtt.throttledByAddress());
    gauge(
        registry,
        "tidemark.gateway.mqtt.unidentified",
        "MQTT connections whose CONNECT has not come",
        m -> m.mqtt.unidentified());
    gauge(
        registry,
        "tidemark.gateway.mqtt.passwords.waiting",
        "Passwords of MQTT connections that wait to be checked",
        m -> m.mqtt.passwordsWaiting());
    gauge(
        registry,
        "tidemark.gateway.mqtt.unfinished.bytes",
        "Bytes of MQTT packets that came in part",
        m -> m.mqtt.unfinishedBytes());
    gauge(
        registry,
        "tidemark.gateway.uncommitted.bytes",
        "Payload bytes taken and not committed",
        m -> m.intake.uncommittedBytes());
    gauge(
        registry,
        "tidemark.gateway.committing",
        "1 while this gateway can commit, by itself or through its group's leader",
        m -> m.cluster.own().state().canCommit() ? 1 : 0);
  }

  private long sum(ToLongFunction<Forwarder> value) {
    return forwarders.sum(value);
  }

  private void forward(
      MeterRegistry registry, String outcome, ToDoubleFunction<GatewayMetrics> value) {
    count(registry, "tidemark.gateway.forward.requests", "outcome", outcome, value);
  }

  private void count(
      MeterRegistry registry,
      String name,
      String tag,
      String of,
      ToDoubleFunction<GatewayMetrics> value) {
    FunctionCounter.builder(name, this, value).tag(tag, of).register(registry);
  }

  private void throttled(
      MeterRegistry registry, String limit, ToDoubleFunction<GatewayMetrics> count) {
    FunctionCounter.builder("tidemark.gateway.mqtt.throttled", this, count)
        .description(
            "Times a connection was not read from, as it, or its address, had sent its packets of a second")
        .tag("limit", limit)
        .register(registry);
  }

  private void gauge(
      MeterRegistry registry,
      String name,
      String description,
      ToDoubleFunction<GatewayMetrics> value) {
    Gauge.builder(name, this, value)
        .description(description)
        .strongReference(true)
        .register(registry);
  }
}
