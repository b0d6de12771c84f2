package io.tidemark.agent.publish;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.OwnCredential;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.WireFormatException;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.mqtt.MqttAuth;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A real MQTT 5 server that answers each batch as a script says, and remembers what it was sent.
 */
public final class FakeGateway implements FakeServer {

  /** A PUBACK with this reason code. */
  record PubAck(MqttPubAckReasonCode code) implements Answer {}

  /** Nothing, for now. */
  record Withhold() implements Answer {}

  /** Close the connection without a word. */
  record Drop() implements Answer {}

  /** A DISCONNECT with this reason code, and a Server Reference unless it is empty. */
  record Disconnect(MqttDisconnectReasonCode code, String reference) implements Answer {
    Disconnect(MqttDisconnectReasonCode code) {
      this(code, "");
    }
  }

  /** The same, after a while. */
  record Later(Answer answer, long millis) implements Answer {}

  private static final Consumer<MqttServerOptions> NO_TLS = options -> {};
  static final Answer ACCEPT = new PubAck(MqttPubAckReasonCode.SUCCESS);
  static final Answer WITHHOLD = new Withhold();
  static final Answer DROP = new Drop();

  final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
  final AtomicInteger connections = new AtomicInteger();

  /** {@code user:password} of each connection; empty for one without. */
  final List<String> passwords = new CopyOnWriteArrayList<>();

  final AtomicInteger inFlightMax = new AtomicInteger();
  private final Map<Integer, MqttEndpoint> endpoints = new ConcurrentHashMap<>();
  private final MqttProperties connack = new MqttProperties();
  private final Vertx vertx = Vertx.vertx();
  private volatile Function<Batch, Answer> script = batch -> ACCEPT;
  private volatile @Nullable MqttConnectReturnCode refusesConnections;
  private volatile Consumer<MqttServerOptions> tls = NO_TLS;
  private volatile int port;
  private volatile MqttServer server = MqttServer.create(vertx);

  static Answer refuse(MqttPubAckReasonCode code) {
    return new PubAck(code);
  }

  @Override
  public FakeGateway answers(Function<Batch, Answer> newScript) {
    script = newScript;
    return this;
  }

  /** Announces an integer property in its CONNACK. */
  FakeGateway announces(MqttProperties.MqttPropertyType property, int value) {
    connack.add(new MqttProperties.IntegerProperty(property.value(), value));
    return this;
  }

  /** Answers every CONNECT with this; null: with success. */
  FakeGateway refusesConnections(@Nullable MqttConnectReturnCode code) {
    refusesConnections = code;
    return this;
  }

  /** Speaks TLS, and wants to know who is there. */
  FakeGateway encrypted(OwnCredential own, ClientTrust clients) {
    return encrypted(own, clients, ClientAuth.REQUIRED);
  }

  /** Speaks TLS, and may want to know who is there. */
  FakeGateway encrypted(OwnCredential own, ClientTrust clients, ClientAuth auth) {
    tls =
        options ->
            options
                .setSsl(true)
                .setKeyCertOptions(KeyCertOptions.wrap(own))
                .setTrustOptions(TrustOptions.wrap(clients))
                .setClientAuth(auth);
    return this;
  }

  @Override
  public FakeGateway start() throws Exception {
    MqttServerOptions options =
        new MqttServerOptions().setHost("127.0.0.1").setPort(port).setMaxMessageSize(2 << 20);
    tls.accept(options);
    server = MqttServer.create(vertx, options);
    server.endpointHandler(this::connected);
    server.exceptionHandler(problem -> {});
    port =
        server
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .get(20, TimeUnit.SECONDS)
            .actualPort();
    return this;
  }

  @Override
  public void stop() throws Exception {
    dropConnections();
    server.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  void dropConnections() {
    endpoints.values().forEach(FakeGateway::closeQuietly);
    endpoints.clear();
  }

  @Override
  public URI uri() {
    return URI.create((tls == NO_TLS ? "tcp" : "ssl") + "://127.0.0.1:" + port);
  }

  @Override
  public List<Arrival> arrivals() {
    return arrivals;
  }

  @Override
  public Answer accept() {
    return ACCEPT;
  }

  @Override
  public Answer refuseForGood() {
    return refuse(MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID);
  }

  @Override
  public Answer refuseForNow() {
    return refuse(MqttPubAckReasonCode.QUOTA_EXCEEDED);
  }

  @Override
  public Answer silence() {
    return WITHHOLD;
  }

  @Override
  public Answer after(long millis, Answer answer) {
    return new Later(answer, millis);
  }

  private void connected(MqttEndpoint endpoint) {
    MqttAuth auth = endpoint.auth();
    passwords.add(auth == null ? "" : auth.getUsername() + ":" + auth.getPassword());
    int connection = connections.incrementAndGet();
    MqttConnectReturnCode refusal = refusesConnections;
    if (refusal != null) {
      endpoint.reject(refusal);
      return;
    }
    endpoints.put(connection, endpoint);
    endpoint.publishAutoAck(false);
    endpoint.exceptionHandler(problem -> {});
    endpoint.closeHandler(nothing -> endpoints.remove(connection));
    AtomicInteger open = new AtomicInteger();
    endpoint.publishHandler(message -> arrived(endpoint, connection, open, message));
    endpoint.accept(false, connack);
  }

  private void arrived(
      MqttEndpoint endpoint, int connection, AtomicInteger open, MqttPublishMessage message) {
    Batch batch;
    try {
      batch = BatchCodec.decode(message.payload().getBytes());
    } catch (WireFormatException e) {
      throw new AssertionError("the agent sent what does not decode", e);
    }
    inFlightMax.accumulateAndGet(open.incrementAndGet(), Math::max);
    Answer answer = script.apply(batch);
    Answer atLast = answer instanceof Later later ? later.answer() : answer;
    boolean accepted = atLast instanceof PubAck ack && !ack.code().isError();
    arrivals.add(
        new Arrival(batch, message.topicName(), contentType(message), connection, accepted));
    if (answer instanceof Later later) {
      vertx.setTimer(later.millis(), timer -> answer(endpoint, open, message, atLast));
    } else {
      answer(endpoint, open, message, answer);
    }
  }

  private static void answer(
      MqttEndpoint endpoint, AtomicInteger open, MqttPublishMessage message, Answer answer) {
    if (!endpoint.isConnected()) {
      return;
    }
    if (answer instanceof PubAck ack) {
      open.decrementAndGet();
      endpoint.publishAcknowledge(message.messageId(), ack.code(), MqttProperties.NO_PROPERTIES);
    } else if (answer instanceof Drop) {
      closeQuietly(endpoint);
    } else if (answer instanceof Disconnect disconnect) {
      MqttProperties properties = new MqttProperties();
      if (!disconnect.reference().isEmpty()) {
        properties.add(
            new MqttProperties.StringProperty(
                MqttProperties.MqttPropertyType.SERVER_REFERENCE.value(), disconnect.reference()));
      }
      endpoint.disconnect(disconnect.code(), properties);
      closeQuietly(endpoint);
    }
  }

  private static String contentType(MqttPublishMessage message) {
    MqttProperties.MqttProperty<?> property =
        message.properties().getProperty(MqttProperties.MqttPropertyType.CONTENT_TYPE.value());
    return property == null ? "" : String.valueOf(property.value());
  }

  private static void closeQuietly(MqttEndpoint endpoint) {
    if (endpoint.isConnected()) {
      endpoint.close();
    }
  }

  @Override
  public void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
