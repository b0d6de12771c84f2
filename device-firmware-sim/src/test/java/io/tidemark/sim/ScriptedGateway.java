package io.tidemark.sim;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.wire.Batch;
import io.tidemark.wire.Limits;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Routes;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A real MQTT server that does what a test says, and remembers everything it was given. */
@NullUnmarked
public final class ScriptedGateway implements AutoCloseable {
  /** What to do with a delivery. */
  public sealed interface Answer {
    /** Take it. */
    record Accept() implements Answer {}

    /** Take it, but do not say so. */
    record Withhold() implements Answer {}

    /** Answer with a reason code. */
    record Refuse(MqttPubAckReasonCode code, String retryAfter) implements Answer {
      /** Not saying when to come again. */
      public Refuse(MqttPubAckReasonCode code) {
        this(code, "");
      }
    }

    /** End the connection with a reason code; in MQTT 3.1.1 there is none to give. */
    record Disconnect(MqttDisconnectReasonCode code, String reference) implements Answer {
      /** Naming no other gateway. */
      public Disconnect(MqttDisconnectReasonCode code) {
        this(code, "");
      }
    }

    /** Cut the connection without an answer. */
    record Cut() implements Answer {}
  }

  /** The script. */
  @FunctionalInterface
  public interface Script {
    /**
     * @param times how often these very bytes have come, this time included
     */
    Answer answer(Batch batch, int times);
  }

  /** One delivery: what came, and whether it was acknowledged. */
  public record Received(Batch batch, byte[] bytes, boolean accepted) {}

  private static final int PACKET_MAX_BYTES = Limits.BATCH_MAX_BYTES + 1_024;

  private final Vertx vertx = Vertx.vertx();
  private final MqttServer server;
  private final String scheme;
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final List<MqttEndpoint> endpoints = new CopyOnWriteArrayList<>();
  private final Map<String, AtomicInteger> times = new ConcurrentHashMap<>();
  private final MqttProperties connack = new MqttProperties();
  private final SentReadings sent = new SentReadings();
  private final Map<String, Integer> versions = new ConcurrentHashMap<>();
  private final AtomicInteger dups = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger goodbyes = new AtomicInteger();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicInteger maxUnanswered = new AtomicInteger();
  private volatile Script script;
  private volatile MqttConnectReturnCode refusal5;
  private volatile String refusalReference = "";
  private volatile int keepAliveSeconds;

  /** Listens on a free port, or on the given one. */
  public ScriptedGateway(Script script, int port) throws Exception {
    this(script, port, null);
  }

  private ScriptedGateway(Script script, int port, @Nullable TestAuthority authority)
      throws Exception {
    this.script = script;
    MqttServerOptions options =
        new MqttServerOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setMaxMessageSize(PACKET_MAX_BYTES);
    if (authority != null) {
      Credential own = authority.credential(new Identity(Role.GATEWAY, "g1"), "127.0.0.1");
      options
          .setSsl(true)
          .setKeyCertOptions(KeyCertOptions.wrap(new OwnCredential(own)))
          .setTrustOptions(
              TrustOptions.wrap(
                  ClientTrust.of(
                      authority.trust(), Clock.systemUTC(), (identity, certificate) -> {})))
          .setClientAuth(ClientAuth.REQUIRED);
    }
    this.scheme = authority == null ? "tcp" : "ssl";
    this.server = MqttServer.create(vertx, options);
    server.endpointHandler(this::connected);
    server.listen().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** Listens on a free port. */
  public ScriptedGateway(Script script) throws Exception {
    this(script, 0);
  }

  /** Accepts everything. */
  public static ScriptedGateway accepting() throws Exception {
    return new ScriptedGateway((batch, times) -> new Answer.Accept());
  }

  /**
   * Accepts everything, over TLS, of those whom the authority has signed, as it has the gateway.
   */
  public static ScriptedGateway encrypted(TestAuthority authority) throws Exception {
    return new ScriptedGateway((batch, times) -> new Answer.Accept(), 0, authority);
  }

  /** Announces this in every CONNACK. */
  public ScriptedGateway receiveMaximum(int maximum) {
    connack.add(
        new MqttProperties.IntegerProperty(
            MqttProperties.MqttPropertyType.RECEIVE_MAXIMUM.value(), maximum));
    return this;
  }

  /** Announces this in every CONNACK. */
  public ScriptedGateway maximumPacketSize(int bytes) {
    connack.add(
        new MqttProperties.IntegerProperty(
            MqttProperties.MqttPropertyType.MAXIMUM_PACKET_SIZE.value(), bytes));
    return this;
  }

  /**
   * Refuses every CONNECT from now on.
   *
   * @param code in MQTT 5; in 3.1.1 it is 3, server unavailable. Null: accepts them again
   * @param reference to another gateway, or empty
   */
  public ScriptedGateway refuseConnections(MqttConnectReturnCode code, String reference) {
    refusalReference = reference;
    refusal5 = code;
    return this;
  }

  /** The protocol version, 4 (3.1.1) or 5, that each client connected with last. */
  public Map<String, Integer> versions() {
    return Map.copyOf(versions);
  }

  /** How many deliveries were flagged as repeated. */
  public int dups() {
    return dups.get();
  }

  public void script(Script next) {
    script = next;
  }

  public String url() {
    return scheme + "://127.0.0.1:" + server.actualPort();
  }

  public int port() {
    return server.actualPort();
  }

  public int connections() {
    return connections.get();
  }

  /** How many connections ended with a DISCONNECT. */
  public int goodbyes() {
    return goodbyes.get();
  }

  public int maxUnanswered() {
    return maxUnanswered.get();
  }

  public int keepAliveSeconds() {
    return keepAliveSeconds;
  }

  public List<Received> received() {
    return new ArrayList<>(received);
  }

  public List<Batch> accepted() {
    return received.stream().filter(Received::accepted).map(Received::batch).toList();
  }

  /** Cuts every connection. */
  public void cutAll() {
    endpoints.forEach(endpoint -> vertx.runOnContext(nothing -> close(endpoint)));
  }

  @Override
  public void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private void connected(MqttEndpoint endpoint) {
    connections.incrementAndGet();
    MqttConnectReturnCode refusal = refusal5;
    if (refusal != null) {
      refuse(endpoint, refusal);
      return;
    }
    keepAliveSeconds = endpoint.keepAliveTimeSeconds();
    versions.put(endpoint.clientIdentifier(), endpoint.protocolVersion());
    endpoints.add(endpoint);
    int[] mine = new int[1];
    endpoint.closeHandler(
        nothing -> {
          endpoints.remove(endpoint);
          unanswered.addAndGet(-mine[0]);
        });
    endpoint.exceptionHandler(failure -> {});
    endpoint.disconnectHandler(nothing -> goodbyes.incrementAndGet());
    endpoint.publishHandler(
        message -> {
          mine[0]++;
          if (message.isDup()) {
            dups.incrementAndGet();
          }
          int now = unanswered.incrementAndGet();
          maxUnanswered.accumulateAndGet(now, Math::max);
          if (published(endpoint, message)) {
            mine[0]--;
            unanswered.decrementAndGet();
          }
        });
    endpoint.accept(false, connack);
  }

  private void refuse(MqttEndpoint endpoint, MqttConnectReturnCode refusal) {
    if (endpoint.protocolVersion() == 5) {
      endpoint.reject(refusal, reference(refusalReference));
    } else {
      endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE);
    }
  }

  /** True if the delivery was answered. */
  private boolean published(MqttEndpoint endpoint, MqttPublishMessage message) {
    byte[] bytes = message.payload().getBytes();
    String device = Routes.deviceOf(message.topicName());
    SentReadings.Sent payload = sent.read(device, bytes, type(message, bytes));
    Batch batch = payload.batch();
    if (!batch.header().device().equals(device) || message.qosLevel() != MqttQoS.AT_LEAST_ONCE) {
      throw new IllegalStateException("wrong topic or QoS: " + message.topicName());
    }
    String key =
        batch.header().count() == 0
            ? "status"
            : java.util.Arrays.hashCode(bytes) + ":" + bytes.length;
    int seen = times.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
    Answer answer = script.answer(batch, seen);
    boolean accepted = answer instanceof Answer.Accept || answer instanceof Answer.Withhold;
    if (accepted) {
      payload.taken();
    }
    received.add(new Received(batch, bytes, accepted));
    if (answer instanceof Answer.Accept) {
      endpoint.publishAcknowledge(message.messageId());
      return true;
    } else if (answer instanceof Answer.Refuse refuse) {
      MqttProperties properties = new MqttProperties();
      if (!refuse.retryAfter().isEmpty()) {
        properties.add(new MqttProperties.UserProperty("other", "1"));
        properties.add(new MqttProperties.UserProperty("retry-after", refuse.retryAfter()));
      }
      endpoint.publishAcknowledge(message.messageId(), refuse.code(), properties);
      return true;
    } else if (answer instanceof Answer.Disconnect goodbye && endpoint.protocolVersion() == 5) {
      endpoint.disconnect(goodbye.code(), reference(goodbye.reference()));
    } else if (answer instanceof Answer.Cut || answer instanceof Answer.Disconnect) {
      close(endpoint);
    }
    return false;
  }

  /** A Server Reference, unless it is empty. */
  private static MqttProperties reference(String reference) {
    MqttProperties properties = new MqttProperties();
    if (!reference.isEmpty()) {
      properties.add(
          new MqttProperties.StringProperty(
              MqttProperties.MqttPropertyType.SERVER_REFERENCE.value(), reference));
    }
    return properties;
  }

  /** What MQTT 5 says, and what is guessed of 3.1.1. */
  private static PayloadType type(MqttPublishMessage message, byte[] bytes) {
    MqttProperties.MqttProperty<?> said =
        message.properties().getProperty(MqttProperties.MqttPropertyType.CONTENT_TYPE.value());
    return said == null
        ? PayloadType.guess(bytes)
        : PayloadType.ofContentType(said.value().toString());
  }

  private static void close(MqttEndpoint endpoint) {
    try {
      endpoint.close();
    } catch (IllegalStateException e) {
      // closed already
    }
  }

  /** How long tests wait for what must happen. */
  public static final Duration PATIENCE = Duration.ofSeconds(60);
}
