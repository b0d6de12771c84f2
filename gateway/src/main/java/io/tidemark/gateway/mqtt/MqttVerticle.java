package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.tidemark.gateway.intake.Intake;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listener on one event loop: lets devices in, or says why not. */
final class MqttVerticle extends AbstractVerticle {
  private static final Logger LOG = LoggerFactory.getLogger(MqttVerticle.class);

  private final MqttSettings settings;
  private final Intake intake;
  private final MqttCounters counters;
  private final Connections connections;
  private final ParkedSessions parked;
  private final Hall hall;
  private final AtomicInteger port;
  private final BooleanSupplier stopping;

  /** The gate of the connection whose CONNECT is being looked at, on this event loop. */
  private @Nullable Gate arriving;

  private @Nullable MqttServer server;

  MqttVerticle(
      MqttSettings settings,
      Intake intake,
      MqttCounters counters,
      Connections connections,
      ParkedSessions parked,
      Hall hall,
      AtomicInteger port,
      BooleanSupplier stopping) {
    this.settings = settings;
    this.intake = intake;
    this.counters = counters;
    this.connections = connections;
    this.parked = parked;
    this.hall = hall;
    this.port = port;
    this.stopping = stopping;
  }

  @Override
  public void start(Promise<Void> started) {
    // What a device still sends after it was disconnected ends up here, and hostile bytes do.
    context.exceptionHandler(thrown -> LOG.debug("A connection failed", thrown));
    MqttServerOptions options =
        new MqttServerOptions()
            .setMaxMessageSize(MqttSettings.PACKET_MAX_BYTES)
            .setMaxClientIdLength(MqttSettings.CLIENT_ID_MAX_LENGTH)
            .setAutoClientId(false)
            .setTimeoutOnConnect(0); // the gate's
    options.setTcpKeepAlive(true).setTcpNoDelay(true);
    MqttServer made =
        MqttServer.create(
            new GatedVertx(
                vertx,
                pipeline ->
                    new Gate(settings, hall, counters, gate -> arriving = gate).install(pipeline)),
            options);
    server = made;
    made.endpointHandler(this::connected);
    made.exceptionHandler(thrown -> LOG.debug("A connection was not made", thrown));
    made.listen(settings.port(), settings.host())
        .onSuccess(
            listening -> {
              port.set(listening.actualPort());
              started.complete();
            })
        .onFailure(started::fail);
  }

  @Override
  public void stop(Promise<Void> stopped) {
    MqttServer made = server;
    if (made == null) {
      stopped.complete();
    } else {
      made.close().onComplete(stopped);
    }
  }

  private void connected(MqttEndpoint endpoint) {
    Gate gate = arriving;
    if (gate == null) {
      throw new IllegalStateException("a CONNECT came past the gate");
    }
    boolean five = Replies.isMqtt5(endpoint);
    CloseReason wrong = wrongWith(endpoint, five);
    if (wrong == null) {
      wrong = connections.enter(gate.address());
    }
    if (wrong == null) {
      accept(endpoint, gate, five);
    } else {
      gate.turnedAway(wrong);
      endpoint.reject(
          five ? codeFor(wrong) : code311For(wrong),
          five ? Properties.reason(textFor(wrong)) : MqttProperties.NO_PROPERTIES);
    }
  }

  /** Why this device is not let in, whoever else is; null if it may be. */
  private @Nullable CloseReason wrongWith(MqttEndpoint endpoint, boolean five) {
    if (stopping.getAsBoolean() || !intake.ready()) {
      return CloseReason.NOT_READY;
    }
    if (five
        && Properties.has(endpoint.connectProperties(), MqttPropertyType.AUTHENTICATION_METHOD)) {
      return CloseReason.AUTHENTICATION;
    }
    String id = endpoint.clientIdentifier();
    return id != null && (id.length() > MqttSettings.CLIENT_ID_MAX_LENGTH || !Properties.isText(id))
        ? CloseReason.CLIENT_ID
        : null;
  }

  private static MqttConnectReturnCode codeFor(CloseReason reason) {
    return switch (reason) {
      case AUTHENTICATION -> MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD;
      case CLIENT_ID -> MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID;
      case CONNECTIONS -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY;
      case ADDRESS -> MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED;
      default -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5;
    };
  }

  private static MqttConnectReturnCode code311For(CloseReason reason) {
    return reason == CloseReason.CLIENT_ID
        ? MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED
        : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
  }

  private String textFor(CloseReason reason) {
    return switch (reason) {
      case AUTHENTICATION -> "there is no extended authentication";
      case CLIENT_ID ->
          "a client id may have %d characters, none of them U+0000 or U+FFFD"
              .formatted(MqttSettings.CLIENT_ID_MAX_LENGTH);
      case CONNECTIONS ->
          "this gateway takes %d connections and has them: try another, or later"
              .formatted(connections.max());
      case ADDRESS ->
          "this gateway takes %d connections of one address (tidemark.mqtt.connections-per-address-max) and has them of yours: try again once one of them is closed, or in a minute"
              .formatted(connections.perAddressMax());
      default -> "this gateway cannot commit now: try another, or later";
    };
  }

  private void accept(MqttEndpoint endpoint, Gate gate, boolean five) {
    String given = endpoint.clientIdentifier();
    String assigned = given == null || given.isEmpty() ? "tidemark-" + UUID.randomUUID() : null;
    String clientId = assigned != null ? assigned : String.valueOf(given);
    MqttConnection connection =
        new MqttConnection(endpoint, gate, context, intake, settings, counters);
    connection.handle();
    gate.letIn(connection);
    String address = gate.address();
    endpoint.closeHandler(closed -> closed(clientId, address, connection));
    MqttConnection older = connections.claim(clientId, connection);
    Session before = before(endpoint, clientId, older);
    connection.begin(before);
    if (older != null) {
      older.takenOver();
    }
    endpoint.accept(
        before != null,
        five
            ? Properties.connack(settings, connection.sessionExpiry(), assigned)
            : MqttProperties.NO_PROPERTIES);
  }

  /** The session to go on with; null if there is none, or the device wants none. */
  private @Nullable Session before(
      MqttEndpoint endpoint, String clientId, @Nullable MqttConnection older) {
    Session left = parked.resume(clientId);
    if (endpoint.isCleanSession()) {
      return null;
    }
    return older == null || older.sessionExpiry().isZero() ? left : older.session();
  }

  /** What was taken over has given its session away. */
  private void closed(String clientId, String address, MqttConnection connection) {
    Session session = connection.session();
    boolean held = connections.leave(clientId, address, connection);
    if (held && session != null && !connection.sessionExpiry().isZero()) {
      parked.park(clientId, session, connection.sessionExpiry());
    }
  }
}
