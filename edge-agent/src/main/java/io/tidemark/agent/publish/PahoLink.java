package io.tidemark.agent.publish;

import io.tidemark.identity.UntrustedException;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.RetryAfter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.TimerPingSender;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.MqttPubAck;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Link} over Eclipse Paho 1.2.5, a new client for each connection. What its sources made
 * necessary:
 *
 * <ul>
 *   <li>It calls a publish a success whatever the PUBACK's reason code, and even without a PUBACK
 *       (a server whose maximum QoS is 0 makes it send at QoS 0). So only a PUBACK in hand counts,
 *       with its own code.
 *   <li>A PUBACK with a code that MQTT 5 does not list for it (0x95 among them) ends the
 *       connection, without telling the code.
 *   <li>It does not show what came with a CONNACK that refuses, so a Server Reference there is not
 *       seen.
 *   <li>It reads a receive maximum of 32,768 or more as negative and then sends nothing: such a
 *       server is refused with words.
 *   <li>It can hang or leave threads behind when a connection ends at the wrong moment: see {@link
 *       PatientSockets}; its threads are ours, which are interrupted at the end (one that sends may
 *       begin to wait after it was told to stop); and closing is done by a thread of its own,
 *       waited for only so long.
 * </ul>
 */
final class PahoLink implements Link {
  static final String TLS_SCHEME = "ssl";

  private static final Logger log = LoggerFactory.getLogger(PahoLink.class);

  /**
   * Kept, since loggers are forgotten otherwise: what Paho would log is told to the listener
   * already.
   */
  private static final java.util.logging.Logger PAHO_LOG =
      java.util.logging.Logger.getLogger("org.eclipse.paho.mqttv5.client");

  /** It connects, sends, receives, calls back, pings and disconnects, each with one of its own. */
  private static final int THREADS = 8;

  private static final long GOODBYE_MILLIS = 200;
  private static final long CLOSE_MAX_MILLIS = 2_000;
  private static final long ATTEMPT_END_MAX_SECONDS = 2 * PatientSockets.PATIENCE_MAX_SECONDS;
  private static final int RECEIVE_MAXIMUM_DEFAULT = 65_535;
  private static final long PACKET_MAX_BYTES_DEFAULT = 268_435_460; // what MQTT can express
  private static final int TOPIC_ALIAS_BYTES = 3;

  /** Reason codes of a DISCONNECT that mean: something you sent. */
  private static final Set<Integer> BLAMING =
      Set.of(MqttCodes.PACKET_TOO_LARGE, MqttCodes.PAYLOAD_FORMAT_INVALID);

  static {
    PAHO_LOG.setLevel(Level.OFF);
  }

  private final MqttAsyncClient client;
  private final ScheduledExecutorService threads;
  private final PatientSockets sockets;
  private final Listener listener;
  private final Duration stallLimit;

  /** How the attempt to connect ended. */
  private final CompletableFuture<IMqttToken> connack = new CompletableFuture<>();

  private int receiveMaximum = RECEIVE_MAXIMUM_DEFAULT;
  private long packetMaxBytes = PACKET_MAX_BYTES_DEFAULT;
  private int aliasBytes;

  private PahoLink(
      MqttAsyncClient client,
      ScheduledExecutorService threads,
      PatientSockets sockets,
      Listener listener,
      Duration stallLimit) {
    this.client = client;
    this.threads = threads;
    this.sockets = sockets;
    this.listener = listener;
    this.stallLimit = stallLimit;
  }

  private static @Nullable Encryption encryption(PublishSettings settings, URI gateway) {
    return TLS_SCHEME.equals(gateway.getScheme()) ? settings.encryption() : null;
  }

  /** Connects as {@code settings} say. */
  static Link connect(PublishSettings settings, URI gateway, Listener listener)
      throws LinkException, InterruptedException {
    PatientSockets sockets = new PatientSockets(encryption(settings, gateway));
    ScheduledExecutorService threads = Executors.newScheduledThreadPool(THREADS, PahoLink::thread);
    MqttAsyncClient client;
    try {
      client =
          new MqttAsyncClient(
              "tcp://" + gateway.getAuthority(), // the sockets encrypt
              settings.clientId(),
              new MemoryPersistence(),
              new TimerPingSender(threads),
              threads);
    } catch (MqttException e) {
      throw new LinkException("the client cannot be made: " + describe(e), e);
    }
    PahoLink link = new PahoLink(client, threads, sockets, listener, settings.withholdingLimit());
    boolean connected = false;
    try {
      link.connect(settings, encryption(settings, gateway));
      connected = true;
      return link;
    } finally {
      if (!connected) {
        link.close();
      }
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "MQTT");
    thread.setDaemon(true);
    return thread;
  }

  private void connect(PublishSettings settings, @Nullable Encryption encryption)
      throws LinkException, InterruptedException {
    MqttConnectionOptions options = new MqttConnectionOptions();
    String password = encryption == null ? null : encryption.password();
    if (password != null) {
      options.setUserName(settings.clientId()); // which is the device's name
      options.setPassword(password.getBytes(StandardCharsets.UTF_8));
    }
    options.setCleanStart(true);
    options.setAutomaticReconnect(false);
    options.setKeepAliveInterval((int) settings.keepAlive().toSeconds());
    options.setConnectionTimeout((int) Math.max(1, settings.connectTimeout().toSeconds()));
    options.setSocketFactory(sockets);
    client.setCallback(new Callback());
    try {
      client.connect(options, null, completing(connack));
      accept(connack.get(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS));
    } catch (MqttException e) {
      connack.completeExceptionally(e);
      throw new LinkException(describe(e), e);
    } catch (ExecutionException e) {
      throw new LinkException(describe(e.getCause() == null ? e : e.getCause()), e);
    } catch (TimeoutException e) {
      throw new LinkException("no answer within " + settings.connectTimeout(), e);
    }
  }

  private void accept(IMqttToken token) throws LinkException {
    MqttProperties properties = token.getResponseProperties();
    if (properties == null) {
      return;
    }
    Integer maximumQos = properties.getMaximumQoS();
    if (maximumQos != null && maximumQos == 0) {
      throw new LinkException(
          "it takes only QoS 0, which acknowledges nothing; a gateway must take QoS 1");
    }
    Integer announcedMaximum = properties.getReceiveMaximum();
    if (announcedMaximum != null && announcedMaximum < 1) {
      throw new LinkException(
          "it announces a receive maximum above 32767, which this version's MQTT client cannot read; lower it there");
    }
    Long announcedBytes = properties.getMaximumPacketSize();
    Integer aliases = properties.getTopicAliasMaximum();
    aliasBytes = aliases == null || aliases == 0 ? 0 : TOPIC_ALIAS_BYTES;
    receiveMaximum = announcedMaximum == null ? RECEIVE_MAXIMUM_DEFAULT : announcedMaximum;
    packetMaxBytes = announcedBytes == null ? PACKET_MAX_BYTES_DEFAULT : announcedBytes;
  }

  @Override
  public int windowPackets() {
    return receiveMaximum;
  }

  @Override
  public Duration stallLimit() {
    return stallLimit;
  }

  @Override
  public @Nullable Answer refusedUnsent(String topic, byte[] payload) {
    return packetBytes(topic, payload) > packetMaxBytes
        ? MqttCodes.answer(
            MqttCodes.PACKET_TOO_LARGE,
            "larger than the %d bytes it takes".formatted(packetMaxBytes))
        : null;
  }

  /** How many bytes a packet for {@code topic} with this payload has at most. */
  private long packetBytes(String topic, byte[] payload) {
    // Remaining length: topic, packet identifier, properties with their length (one byte: there are
    // few), payload (3.3).
    int properties = 3 + PayloadType.BATCH.contentType().length() + aliasBytes;
    long remaining =
        2L + topic.getBytes(StandardCharsets.UTF_8).length + 2 + 1 + properties + payload.length;
    int lengthBytes =
        remaining < 1 << 7 ? 1 : remaining < 1 << 14 ? 2 : remaining < 1 << 21 ? 3 : 4;
    return 1 + lengthBytes + remaining;
  }

  @Override
  public boolean publish(long key, String topic, byte[] payload) {
    MqttProperties properties = new MqttProperties();
    properties.setContentType(PayloadType.BATCH.contentType());
    try {
      client.publish(
          topic, new MqttMessage(payload, 1, false, properties), null, new Delivery(key));
      return true;
    } catch (MqttException e) {
      log.debug("A packet could not be sent: {}", describe(e));
      return false;
    }
  }

  @Override
  public void close() {
    Thread closer = new Thread(this::closeClient, "mqtt-close");
    closer.setDaemon(true);
    closer.start();
    try {
      closer.join(CLOSE_MAX_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sockets.abandon(); // whatever the library still does, it does without a connection
  }

  private void closeClient() {
    boolean polite = client.isConnected();
    if (!polite) {
      awaitAttemptsEnd();
    }
    try {
      client.disconnectForcibly(0, GOODBYE_MILLIS, polite);
    } catch (MqttException e) {
      log.debug("Disconnecting: {}", describe(e));
    }
    sockets.abandon();
    try {
      client.close(true);
    } catch (MqttException e) {
      log.debug("Closing: {}", describe(e));
    }
    threads.shutdownNow();
  }

  /**
   * Ends an attempt to connect by taking its socket away. To disconnect instead would stop the
   * receiving thread, which the connecting thread may still wait for, and then does for ever.
   */
  private void awaitAttemptsEnd() {
    sockets.abandon();
    try {
      connack.get(ATTEMPT_END_MAX_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("The attempt to connect has ended: {}", describe(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static MqttActionListener completing(CompletableFuture<IMqttToken> future) {
    return new MqttActionListener() {
      @Override
      public void onSuccess(IMqttToken token) {
        future.complete(token);
      }

      @Override
      public void onFailure(IMqttToken token, Throwable problem) {
        future.completeExceptionally(problem);
      }
    };
  }

  /** Words and number; Paho's own message is often only the number. */
  private static String describe(Throwable problem) {
    Throwable root = problem;
    while (root.getCause() != null && !(root instanceof UntrustedException)) {
      root = root.getCause(); // whoever is not believed is told of in our words
    }
    String text = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    if (problem instanceof MqttException e && e.getReasonCode() == MqttCodes.BANNED) {
      text = SHUT_OUT;
    }
    if (problem instanceof MqttException e && e.getReasonCode() > 0) {
      String code =
          e.getReasonCode() < 0x100
              ? "reason code " + MqttCodes.shown(e.getReasonCode())
              : "Paho " + e.getReasonCode();
      return text + " (" + code + ")";
    }
    return text;
  }

  /** What becomes of one packet. */
  private final class Delivery implements MqttActionListener {
    private final long key;

    Delivery(long key) {
      this.key = key;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      if (token.getResponse() instanceof MqttPubAck ack) {
        String reason = ack.getProperties().getReasonString();
        listener.answered(
            PahoLink.this,
            key,
            MqttCodes.answer(
                ack.getReturnCode(), reason == null ? "" : reason, pause(ack.getProperties())));
      } else {
        log.debug("A packet was reported delivered without a PUBACK; it is not");
      }
    }

    private static Duration pause(MqttProperties properties) {
      return properties.getUserProperties().stream()
          .filter(property -> RetryAfter.PROPERTY.equals(property.getKey()))
          .map(property -> RetryAfter.parse(property.getValue()))
          .findFirst()
          .orElse(Duration.ZERO);
    }

    @Override
    public void onFailure(IMqttToken token, Throwable problem) {
      // The connection is ending; disconnected() follows, and knows why.
      log.debug("Not delivered: {}", describe(problem));
    }
  }

  /** What happens to the connection. */
  private final class Callback implements MqttCallback {
    @Override
    public void disconnected(MqttDisconnectResponse response) {
      MqttException problem = response.getException();
      if (problem == null) {
        int code = response.getReturnCode();
        String reason = response.getReasonString() == null ? "" : ": " + response.getReasonString();
        String reference = response.getServerReference();
        listener.lost(
            PahoLink.this,
            new Loss(
                "the gateway disconnected with " + MqttCodes.shown(code) + reason,
                BLAMING.contains(code) ? MqttCodes.shown(code) : "",
                reference == null ? "" : reference));
        return;
      }
      int code = problem.getReasonCode();
      boolean tooLarge =
          code == MqttException.REASON_CODE_INVALID_RETURN_CODE
              || code == MqttClientException.REASON_CODE_OUTGOING_PACKET_TOO_LARGE;
      listener.lost(
          PahoLink.this,
          new Loss(
              describe(problem), tooLarge ? MqttCodes.shown(MqttCodes.PACKET_TOO_LARGE) : "", ""));
    }

    @Override
    public void mqttErrorOccurred(MqttException problem) {
      log.debug("Paho: {}", describe(problem));
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      log.debug("A message arrived on {}, though nothing was subscribed to; ignored", topic);
    }

    @Override
    public void deliveryComplete(IMqttToken token) {
      // Delivery is told, with its PUBACK.
    }

    @Override
    public void connectComplete(boolean reconnect, String uri) {
      // The CONNACK is waited for.
    }

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {
      log.debug("An AUTH packet arrived, though none was asked for; ignored");
    }
  }
}
