package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Readiness;
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

/** One port of the listener on one event loop: lets devices in, or says why not. */
final class MqttVerticle extends AbstractVerticle {
  private static final Logger LOG = LoggerFactory.getLogger(MqttVerticle.class);

  /**
   * Where it listens.
   *
   * @param wanted 0 for any
   * @param actual set once it listens
   * @param tls null if connections are not encrypted, and nobody proves who it is
   */
  record Port(int wanted, AtomicInteger actual, @Nullable MqttTls tls) {}

  private final MqttSettings settings;
  private final Intake intake;
  private final MqttCounters counters;
  private final Connections connections;
  private final ParkedSessions parked;
  private final Wills wills;
  private final Hall hall;
  private final Port port;
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
      Wills wills,
      Hall hall,
      Port port,
      BooleanSupplier stopping) {
    this.settings = settings;
    this.intake = intake;
    this.counters = counters;
    this.connections = connections;
    this.parked = parked;
    this.wills = wills;
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
            .setMaxMessageSize(settings.packetMaxBytes())
            .setMaxClientIdLength(MqttSettings.CLIENT_ID_MAX_LENGTH)
            .setAutoClientId(false)
            .setTimeoutOnConnect(0); // the gate's
    options.setTcpKeepAlive(true).setTcpNoDelay(true);
    MqttServer made =
        MqttServer.create(
            new GatedVertx(
                vertx,
                pipeline ->
                    new Gate(settings, hall, counters, port.tls, gate -> arriving = gate)
                        .install(pipeline)),
            options);
    server = made;
    made.endpointHandler(this::connected);
    made.exceptionHandler(thrown -> LOG.debug("A connection was not made", thrown));
    made.listen(port.wanted, settings.host())
        .onSuccess(
            listening -> {
              port.actual.set(listening.actualPort());
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
    MqttProperties wishes = endpoint.connectProperties();
    if (five && Properties.has(wishes, MqttPropertyType.MAXIMUM_PACKET_SIZE)) {
      gate.sendAtMost(Properties.maximumPacketSize(wishes));
    }
    CloseReason wrong = wrongWith(endpoint, gate, five);
    if (wrong == null) {
      wrong = connections.enter(gate.address());
    }
    if (wrong == null) {
      accept(endpoint, gate, five);
    } else if (!five && code311For(wrong) == null) {
      gate.end(wrong); // MQTT 3.1.1, section 3.2.2.3
    } else {
      gate.turnedAway(wrong);
      if (five) {
        reject(endpoint, wishes, wrong);
      } else {
        endpoint.reject(code311For(wrong));
      }
    }
  }

  private void reject(MqttEndpoint endpoint, MqttProperties wishes, CloseReason wrong) {
    String text = Properties.wantsReasons(wishes) ? textFor(wrong) : null;
    String server = isOfThisGateway(wrong) ? intake.elsewhere() : null;
    if (server != null && Properties.takesReference(wishes, server)) {
      // 0x88 may not have a reference (MQTT 5, section 3.2.2.3.16).
      endpoint.reject(
          MqttConnectReturnCode.CONNECTION_REFUSED_USE_ANOTHER_SERVER,
          Properties.reference(server, text));
    } else {
      endpoint.reject(
          codeFor(wrong), text == null ? MqttProperties.NO_PROPERTIES : Properties.reason(text));
    }
  }

  /** Whether another gateway could let the device in. */
  private static boolean isOfThisGateway(CloseReason wrong) {
    return wrong == CloseReason.NOT_READY
        || wrong == CloseReason.FULL
        || wrong == CloseReason.STOPPING;
  }

  /** Why this device is not let in, whoever else is; null if it may be. */
  private @Nullable CloseReason wrongWith(MqttEndpoint endpoint, Gate gate, boolean five) {
    if (gate.demandsIdentity() && gate.device() == null) {
      return CloseReason.NO_CERTIFICATE;
    }
    if (stopping.getAsBoolean()) {
      return CloseReason.STOPPING;
    }
    Readiness readiness = intake.readiness();
    if (readiness != Readiness.READY) {
      return readiness == Readiness.FULL ? CloseReason.FULL : CloseReason.NOT_READY;
    }
    if (five
        && Properties.has(endpoint.connectProperties(), MqttPropertyType.AUTHENTICATION_METHOD)) {
      return CloseReason.AUTHENTICATION;
    }
    if (five
        && Properties.maximumPacketSize(endpoint.connectProperties())
            < Properties.CONNACK_MAX_BYTES) {
      return CloseReason.MAXIMUM_PACKET_SIZE;
    }
    String id = endpoint.clientIdentifier();
    return id != null && (id.length() > MqttSettings.CLIENT_ID_MAX_LENGTH || !Properties.isText(id))
        ? CloseReason.CLIENT_ID
        : Will.wrongWith(endpoint.will(), gate.device(), five, settings.willMaxBytes());
  }

  private static MqttConnectReturnCode codeFor(CloseReason reason) {
    return switch (reason) {
      case AUTHENTICATION -> MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD;
      case CLIENT_ID -> MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID;
      case MAXIMUM_PACKET_SIZE -> MqttConnectReturnCode.CONNECTION_REFUSED_PACKET_TOO_LARGE;
      case CONNECTIONS -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY;
      case ADDRESS, WILL_TOO_LARGE -> MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED;
      case NO_CERTIFICATE, NOT_AUTHORISED ->
          MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5;
      case WILL_TOPIC -> MqttConnectReturnCode.CONNECTION_REFUSED_TOPIC_NAME_INVALID;
      case WILL_QOS -> MqttConnectReturnCode.CONNECTION_REFUSED_QOS_NOT_SUPPORTED;
      case WILL_RETAIN -> MqttConnectReturnCode.CONNECTION_REFUSED_RETAIN_NOT_SUPPORTED;
      default -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5;
    };
  }

  /** Null where 3.1.1 has none, and the connection is closed without. */
  private static @Nullable MqttConnectReturnCode code311For(CloseReason reason) {
    return switch (reason) {
      case CLIENT_ID -> MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED;
      case NO_CERTIFICATE, NOT_AUTHORISED ->
          MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED;
      case WILL_TOPIC, WILL_TOO_LARGE -> null;
      default -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
    };
  }

  private String textFor(CloseReason reason) {
    return switch (reason) {
      case AUTHENTICATION -> "there is no extended authentication";
      case CLIENT_ID ->
          "a client id may have %d characters, none of them U+0000 or U+FFFD"
              .formatted(MqttSettings.CLIENT_ID_MAX_LENGTH);
      case NO_CERTIFICATE ->
          "devices prove here by a certificate who they are, and this one has shown none: enrol it";
      case NOT_AUTHORISED -> "a will's topic names another device than the certificate does";
      case WILL_TOPIC -> "a will's topic has at least one character, and neither + nor #";
      case WILL_QOS -> "QoS 2 is not supported: a will may have QoS 0 or 1";
      case WILL_RETAIN -> "nothing is retained: send the will without retain";
      case WILL_TOO_LARGE ->
          "a will's topic and payload may have %d bytes (tidemark.mqtt.will-max-bytes)"
              .formatted(settings.willMaxBytes());
      case CONNECTIONS ->
          "this gateway takes %d connections and has them: try another, or later"
              .formatted(connections.max());
      case ADDRESS ->
          "this gateway takes %d connections of one address (tidemark.mqtt.connections-per-address-max) and has them of yours: try again once one of them is closed, or in a minute"
              .formatted(connections.perAddressMax());
      case FULL -> "this gateway's log is full: try another, or later";
      case STOPPING -> "this gateway is stopping: try another, or later";
      default -> "this gateway cannot commit now: try another, or later";
    };
  }

  private void accept(MqttEndpoint endpoint, Gate gate, boolean five) {
    String given = endpoint.clientIdentifier();
    String assigned = given == null || given.isEmpty() ? "tidemark-" + UUID.randomUUID() : null;
    String clientId = scoped(assigned != null ? assigned : String.valueOf(given), gate.device());
    MqttConnection connection =
        new MqttConnection(endpoint, gate, context, intake, settings, counters);
    connection.handle();
    gate.letIn(connection);
    Object address = gate.address();
    endpoint.closeHandler(closed -> closed(clientId, address, connection));
    MqttConnection older = connections.claim(clientId, connection);
    Session before = before(endpoint, clientId, older);
    connection.begin(before);
    if (older != null) {
      takeOver(older, before);
    }
    endpoint.accept(
        before != null,
        five
            ? Properties.connack(settings, connection.sessionExpiry(), assigned)
            : MqttProperties.NO_PROPERTIES);
    if (stopping.getAsBoolean()) {
      connection.drain(); // it may have come too late for the others to be told with
    }
  }

  /**
   * What sessions and take-overs go by: the client id, and of whom it is. No client id has U+0000.
   */
  private static String scoped(String clientId, @Nullable Device device) {
    return device == null ? clientId : device.name() + '\0' + clientId;
  }

  /** A delayed will is not said if its session goes on (MQTT 5, section 3.1.4); any other is. */
  private void takeOver(MqttConnection older, @Nullable Session goesOn) {
    older.takenOver();
    Will will = older.takeWill();
    if (will == null) {
      return;
    }
    if (goesOn != null && goesOn == older.session() && !will.delay().isZero()) {
      wills.recalled();
    } else {
      wills.due(will);
    }
  }

  /** The session to go on with; null if there is none, or the device wants none. */
  private @Nullable Session before(
      MqttEndpoint endpoint, String clientId, @Nullable MqttConnection older) {
    Session left = parked.resume(clientId, endpoint.isCleanSession());
    if (endpoint.isCleanSession()) {
      return null;
    }
    return older == null || older.sessionExpiry().isZero() ? left : older.session();
  }

  /** What was taken over has given its session and its will away. */
  private void closed(String clientId, Object address, MqttConnection connection) {
    Session session = connection.session();
    if (!connections.leave(clientId, address, connection)) {
      return;
    }
    // Who is sent away, or disconnected as the gateway stops, goes on elsewhere or here soon.
    Will will = stopping.getAsBoolean() || connection.isSentAway() ? null : connection.takeWill();
    if (session == null || connection.sessionExpiry().isZero()) {
      if (will != null) {
        wills.due(will);
      }
      return;
    }
    parked.park(clientId, session, connection.sessionExpiry(), will);
    if (connections.isHeld(clientId)) {
      parked.resume(clientId, true); // it came back in between, did not find this, and began anew
    }
  }
}
