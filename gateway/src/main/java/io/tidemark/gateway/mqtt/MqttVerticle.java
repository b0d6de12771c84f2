package io.tidemark.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.identity.Passwords;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Readiness;
import io.tidemark.identity.UntrustedException;
import io.tidemark.wire.Names;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.mqtt.MqttAuth;
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
    CloseReason away = awayFor();
    MqttTls tls = port.tls;
    if (away != null) {
      turnAway(endpoint, gate, away, textFor(away));
    } else if (tls == null || gate.device() != null) {
      decide(endpoint, gate, five);
    } else {
      checkPassword(endpoint, gate, tls.passwords());
    }
  }

  /** Who shows no certificate has to bring a password. */
  private void checkPassword(MqttEndpoint endpoint, Gate gate, Passwords passwords) {
    MqttAuth auth = endpoint.auth();
    String name = auth == null ? null : auth.getUsername();
    String password = auth == null ? null : auth.getPassword();
    if (name == null || password == null) {
      turnAway(endpoint, gate, CloseReason.NO_CERTIFICATE, textFor(CloseReason.NO_CERTIFICATE));
    } else if (!Names.isDevice(name)) {
      turnAway(endpoint, gate, CloseReason.WRONG_PASSWORD, textFor(CloseReason.WRONG_PASSWORD));
    } else {
      gate.hold();
      passwords.check(
          gate.address(),
          name,
          password,
          answer -> context.runOnContext(nothing -> checked(endpoint, gate, answer)));
    }
  }

  private void checked(MqttEndpoint endpoint, Gate gate, Passwords.Answer answer) {
    gate.decided(
        answer.device(),
        () -> {
          Passwords.Refusal refusal = answer.refusal();
          CloseReason away = awayFor(); // again: a password may have taken a while
          if (away != null) {
            turnAway(endpoint, gate, away, textFor(away));
          } else if (refusal == null) {
            decide(endpoint, gate, Replies.isMqtt5(endpoint));
          } else {
            CloseReason wrong =
                switch (refusal) {
                  case WRONG -> CloseReason.WRONG_PASSWORD;
                  case SHUT_OUT -> CloseReason.SHUT_OUT;
                  case TOO_MANY -> CloseReason.PASSWORD_FAILURES;
                  case BUSY -> CloseReason.PASSWORD_CHECKS;
                };
            String later =
                answer.retryAfterSeconds() == 0
                    ? ""
                    : ": try again in %d s".formatted(answer.retryAfterSeconds());
            turnAway(endpoint, gate, wrong, textFor(wrong) + later);
          }
        });
  }

  /** Who it is is known now, where that has to be. */
  private void decide(MqttEndpoint endpoint, Gate gate, boolean five) {
    UntrustedException objection = objection(gate);
    if (objection != null) {
      turnAway(
          endpoint,
          gate,
          CloseReason.of(objection.reason()),
          String.valueOf(objection.getMessage()));
      return;
    }
    CloseReason wrong = wrongWith(endpoint, gate, five);
    if (wrong == null) {
      wrong = connections.enter(gate.address());
    }
    if (wrong == null) {
      accept(endpoint, gate, five);
    } else {
      turnAway(endpoint, gate, wrong, textFor(wrong));
    }
  }

  private @Nullable UntrustedException objection(Gate gate) {
    Device device = gate.device();
    MqttTls tls = port.tls;
    return tls == null || device == null ? null : tls.devices().objection(device);
  }

  private void turnAway(MqttEndpoint endpoint, Gate gate, CloseReason wrong, String text) {
    if (Replies.isMqtt5(endpoint)) {
      gate.turnedAway(wrong);
      reject(endpoint, endpoint.connectProperties(), wrong, text);
    } else if (ConnackCodes.of311(wrong) == null) {
      gate.end(wrong); // MQTT 3.1.1, section 3.2.2.3
    } else {
      gate.turnedAway(wrong);
      endpoint.reject(ConnackCodes.of311(wrong));
    }
  }

  private void reject(
      MqttEndpoint endpoint, MqttProperties wishes, CloseReason wrong, String words) {
    String text = Properties.wantsReasons(wishes) ? words : null;
    String server = isOfThisGateway(wrong) ? intake.elsewhere() : null;
    if (server != null && Properties.takesReference(wishes, server)) {
      // 0x88 may not have a reference (MQTT 5, section 3.2.2.3.16).
      endpoint.reject(
          MqttConnectReturnCode.CONNECTION_REFUSED_USE_ANOTHER_SERVER,
          Properties.reference(server, text));
    } else {
      endpoint.reject(
          ConnackCodes.of5(wrong),
          text == null ? MqttProperties.NO_PROPERTIES : Properties.reason(text));
    }
  }

  /** Whether another gateway could let the device in. */
  private static boolean isOfThisGateway(CloseReason wrong) {
    return wrong == CloseReason.NOT_READY
        || wrong == CloseReason.FULL
        || wrong == CloseReason.STOPPING;
  }

  /** Why nobody is let in now; null if somebody may be. */
  private @Nullable CloseReason awayFor() {
    if (stopping.getAsBoolean()) {
      return CloseReason.STOPPING;
    }
    Readiness readiness = intake.readiness();
    if (readiness != Readiness.READY) {
      return readiness == Readiness.FULL ? CloseReason.FULL : CloseReason.NOT_READY;
    }
    return null;
  }

  /** Why this device is not let in, whoever else is; null if it may be. */
  private @Nullable CloseReason wrongWith(MqttEndpoint endpoint, Gate gate, boolean five) {
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

  private String textFor(CloseReason reason) {
    return switch (reason) {
      case AUTHENTICATION -> "there is no extended authentication";
      case CLIENT_ID ->
          "a client id may have %d characters, none of them U+0000 or U+FFFD"
              .formatted(MqttSettings.CLIENT_ID_MAX_LENGTH);
      case NO_CERTIFICATE ->
          "devices prove here who they are, and this one has shown no certificate, nor a user name and password: enrol it, or have a password given to it and connect with the device's name as user name";
      case WRONG_PASSWORD ->
          "there is no device of this user name with this password: the user name is the device's name, and only the password it was given last counts";
      case PASSWORD_FAILURES -> "too many passwords of this device or address were wrong";
      case PASSWORD_CHECKS -> "too many passwords are being checked";
      case SHUT_OUT -> "this device is shut out";
      case NOT_AUTHORISED -> "a will's topic names another device than the one that connects";
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
    // It may have come too late for the others to be told with.
    if (stopping.getAsBoolean()) {
      connection.drain();
    }
    MqttTls tls = port.tls;
    if (tls != null) {
      lookAgain(connection, tls);
    }
  }

  /** Ends a connection whose device would not be let in any more. Any thread. */
  static void lookAgain(MqttConnection connection, MqttTls tls) {
    Device device = connection.device();
    if (device == null) {
      return;
    }
    UntrustedException objection = tls.devices().objection(device);
    if (objection != null) {
      connection.notLetIn(objection);
    } else if (!tls.passwords().secrets().stillCounts(device)) {
      connection.withdrawn(device);
    }
  }

  /**
   * What sessions and take-overs go by: the client id, and of whom it is. No client id has U+0000.
   */
  private static String scoped(String clientId, @Nullable Device device) {
    return device == null ? clientId : device.name() + '\0' + clientId;
  }

  /** Of whom a session is by what it goes by; of nobody if nobody has proved that. */
  static @Nullable String deviceOf(String scopedClientId) {
    int end = scopedClientId.indexOf('\0');
    return end < 0 ? null : scopedClientId.substring(0, end);
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
