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
  private final AtomicInteger port;
  private final BooleanSupplier stopping;
  private @Nullable MqttServer server;

  MqttVerticle(
      MqttSettings settings,
      Intake intake,
      MqttCounters counters,
      Connections connections,
      ParkedSessions parked,
      AtomicInteger port,
      BooleanSupplier stopping) {
    this.settings = settings;
    this.intake = intake;
    this.counters = counters;
    this.connections = connections;
    this.parked = parked;
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
            .setTimeoutOnConnect(Math.toIntExact(settings.connectTimeout().toSeconds()));
    options.setTcpKeepAlive(true).setTcpNoDelay(true);
    MqttServer made = MqttServer.create(vertx, options);
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
    boolean five = MqttConnection.isMqtt5(endpoint);
    if (stopping.getAsBoolean() || !intake.ready()) {
      endpoint.reject(
          five
              ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5
              : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
          reason(five, "this gateway cannot commit now: try another, or later"));
      return;
    }
    String wrong = five ? wrongWith(endpoint) : null;
    if (wrong != null) {
      endpoint.reject(
          MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD, reason(true, wrong));
      return;
    }
    if (!connections.enter()) {
      endpoint.reject(
          five
              ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY
              : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
          reason(
              five,
              "this gateway takes %d connections and has them: try another, or later"
                  .formatted(connections.max())));
      return;
    }
    accept(endpoint, five);
  }

  private void accept(MqttEndpoint endpoint, boolean five) {
    String given = endpoint.clientIdentifier();
    String assigned = given == null || given.isEmpty() ? "tidemark-" + UUID.randomUUID() : null;
    String clientId = assigned != null ? assigned : String.valueOf(given);
    MqttConnection connection = new MqttConnection(endpoint, context, intake, settings, counters);
    connection.handle();
    endpoint.closeHandler(closed -> closed(clientId, connection));
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
  private void closed(String clientId, MqttConnection connection) {
    Session session = connection.session();
    boolean held = connections.leave(clientId, connection);
    if (held && session != null && !connection.sessionExpiry().isZero()) {
      parked.park(clientId, session, connection.sessionExpiry());
    }
  }

  private static @Nullable String wrongWith(MqttEndpoint endpoint) {
    return Properties.has(endpoint.connectProperties(), MqttPropertyType.AUTHENTICATION_METHOD)
        ? "there is no extended authentication"
        : null;
  }

  private static MqttProperties reason(boolean five, String text) {
    return five ? Properties.reason(text) : MqttProperties.NO_PROPERTIES;
  }
}
