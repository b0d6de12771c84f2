package io.tidemark.sim.link.mqtt;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnAckVariableHeader;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.concurrent.ScheduledFuture;
import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Loss;
import io.tidemark.sim.link.Outcome;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.RetryAfter;
import io.tidemark.wire.Routes;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One MQTT connection of one device, from CONNECT to the end. Publishes with QoS 1 to the device's
 * topic and hears PUBACKs; keeps nothing: what is not answered when the connection ends is the
 * device's to send again.
 *
 * <p>Each connection is a clean session, so what is sent again is a new PUBLISH to the protocol,
 * without DUP (MQTT 3.1.1, section 3.3.1.1); that it is no new batch its own numbers say. In 3.1.1
 * there is no receive maximum, no maximum packet size and no reason code: a gateway accepts, or
 * ends the connection without a word, which refuses nothing.
 *
 * <p>Owned by the channel's event loop.
 */
final class MqttLink extends SimpleChannelInboundHandler<MqttMessage> implements Link {
  /**
   * Packet ids are 1 to this, in turn, though MQTT has 65,535: it bounds what a connection
   * remembers, and still no id comes back so soon that a late second answer could be taken for
   * another payload's.
   */
  private static final int PACKET_ID_MAX = 4_095;

  /** How long a DISCONNECT may take to leave. */
  private static final long GOODBYE_MILLIS = 1_000;

  /** Header, topic length, packet id and properties of a PUBLISH, generously. */
  private static final int PUBLISH_OVERHEAD_BYTES = 64;

  private final String device;
  private final String topic;
  private final MqttVersion version;
  private final Duration keepAlive;
  private final long connectUntilNanos;
  private final LinkListener listener;
  private final BitSet idsInUse = new BitSet();

  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> timer;
  private boolean accepted;
  private boolean over;
  private boolean silent;
  private int lastId;
  private int windowMax = PACKET_ID_MAX;
  private int packetMaxBytes = Integer.MAX_VALUE;
  private long heardAtNanos;

  /**
   * @param connectMax how long connecting may take, from now on and to the CONNACK
   */
  MqttLink(
      String device,
      MqttVersion version,
      Duration keepAlive,
      Duration connectMax,
      LinkListener listener) {
    this.connectUntilNanos = System.nanoTime() + connectMax.toNanos();
    this.device = device;
    this.topic = Routes.telemetry(device);
    this.version = version;
    this.keepAlive = keepAlive;
    this.listener = listener;
  }

  @Override
  public int windowMax() {
    return windowMax;
  }

  @Override
  public @Nullable Outcome refusedUnsent(int payloadBytes) {
    return payloadBytes > packetMaxBytes - PUBLISH_OVERHEAD_BYTES - topic.length()
        ? MqttCodes.outcome(
            MqttCodes.TOO_LARGE, "larger than the gateway's maximum packet size, " + packetMaxBytes)
        : null;
  }

  @Override
  public int send(byte[] payload, PayloadType type) {
    int id = nextId();
    MqttFixedHeader fixed =
        new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.AT_LEAST_ONCE, false, 0);
    write(
        new MqttPublishMessage(
            fixed,
            new MqttPublishVariableHeader(topic, id, publishProperties(type)),
            Unpooled.wrappedBuffer(payload)));
    return id;
  }

  @Override
  public void cut() {
    if (over) {
      return;
    }
    over = true;
    stopTimer();
    if (context != null) {
      context.channel().config().setAutoRead(false);
      silent = true;
    }
  }

  @Override
  public void close() {
    if (silent && context != null) {
      if (context.channel().isOpen()) {
        context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      }
      context.close();
      return;
    }
    if (over || context == null) {
      over = true;
      return;
    }
    over = true;
    stopTimer();
    MqttFixedHeader fixed =
        new MqttFixedHeader(MqttMessageType.DISCONNECT, false, MqttQoS.AT_MOST_ONCE, false, 0);
    ChannelHandlerContext ctx = context;
    ctx.writeAndFlush(new MqttMessage(fixed)).addListener(done -> ctx.close());
    // Nobody may be reading at the other end.
    ctx.executor().schedule(() -> ctx.close(), GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    heardAtNanos = System.nanoTime();
    timer =
        ctx.executor()
            .schedule(
                () -> end("the gateway did not answer CONNECT"),
                connectUntilNanos - heardAtNanos,
                TimeUnit.NANOSECONDS);
    write(
        MqttMessageBuilders.connect()
            .protocolVersion(version)
            .clientId(device)
            .cleanSession(true)
            .keepAlive((int) keepAlive.toSeconds())
            .build());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, MqttMessage message) {
    heardAtNanos = System.nanoTime();
    if (over) {
      return;
    }
    if (message.decoderResult().isFailure()) {
      end("the gateway sent what is not MQTT: " + message.decoderResult().cause());
      return;
    }
    switch (message.fixedHeader().messageType()) {
      case CONNACK -> connack((MqttConnAckMessage) message);
      case PUBACK -> puback((MqttMessageIdVariableHeader) message.variableHeader());
      case DISCONNECT -> disconnected(message);
      case PINGRESP -> {
        // that it came is what counts
      }
      default -> end("the gateway sent an unexpected " + message.fixedHeader().messageType());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("the gateway closed the connection");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end("the connection failed: " + cause);
  }

  private void connack(MqttConnAckMessage message) {
    MqttConnAckVariableHeader header = message.variableHeader();
    if (header.connectReturnCode() != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
      int code = header.connectReturnCode().byteValue() & 0xFF;
      String reference = text(header.properties(), MqttPropertyType.SERVER_REFERENCE);
      end(
          new Loss(
              "the gateway refused the connection with " + MqttCodes.inWords(code),
              null,
              reference));
      return;
    }
    if (accepted) {
      end("the gateway sent a second CONNACK");
      return;
    }
    accepted = true;
    windowMax =
        Math.min(
            PACKET_ID_MAX,
            number(header.properties(), MqttPropertyType.RECEIVE_MAXIMUM, windowMax));
    packetMaxBytes =
        number(header.properties(), MqttPropertyType.MAXIMUM_PACKET_SIZE, packetMaxBytes);
    int keepAliveSeconds =
        number(
            header.properties(), MqttPropertyType.SERVER_KEEP_ALIVE, (int) keepAlive.toSeconds());
    watch(Duration.ofSeconds(Math.max(1, keepAliveSeconds)));
    listener.connected(this);
  }

  private void puback(MqttMessageIdVariableHeader header) {
    int id = header.messageId();
    if (!idsInUse.get(id)) {
      return; // answered twice: the first answer counts
    }
    idsInUse.clear(id);
    int code = 0;
    String reason = "";
    Duration pause = Duration.ZERO;
    if (header instanceof MqttPubReplyMessageVariableHeader reply) {
      code = reply.reasonCode() & 0xFF;
      reason = text(reply.properties(), MqttPropertyType.REASON_STRING);
      pause = pause(reply.properties());
    }
    listener.settled(id, MqttCodes.outcome(code, reason, pause));
  }

  private void disconnected(MqttMessage message) {
    int code = 0;
    String reason = "";
    String reference = "";
    if (message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
      code = header.reasonCode() & 0xFF;
      reason = text(header.properties(), MqttPropertyType.REASON_STRING);
      reference = text(header.properties(), MqttPropertyType.SERVER_REFERENCE);
    }
    String words = "the gateway said goodbye with %s %s".formatted(MqttCodes.inWords(code), reason);
    end(new Loss(words.strip(), MqttCodes.blame(code, reason), reference));
  }

  /** Pings twice per keep-alive, and gives up a connection from which nothing comes any more. */
  private void watch(Duration interval) {
    stopTimer();
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    long half = interval.toNanos() / 2;
    timer =
        ctx.executor()
            .scheduleAtFixedRate(
                () -> {
                  if (System.nanoTime() - heardAtNanos > 3 * half) {
                    end("nothing came from the gateway for one and a half keep-alives");
                  } else {
                    write(MqttMessage.PINGREQ);
                  }
                },
                half,
                half,
                TimeUnit.NANOSECONDS);
  }

  private void end(String why) {
    end(new Loss(why));
  }

  private void end(Loss loss) {
    stopTimer();
    if (over) {
      return;
    }
    over = true;
    if (context != null) {
      context.close();
    }
    listener.lost(loss);
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void write(MqttMessage message) {
    if (context != null) {
      context.writeAndFlush(message);
    }
  }

  private MqttProperties publishProperties(PayloadType type) {
    MqttProperties properties = new MqttProperties();
    if (version == MqttVersion.MQTT_5) {
      properties.add(
          new MqttProperties.StringProperty(
              MqttPropertyType.CONTENT_TYPE.value(), type.contentType()));
    }
    return properties;
  }

  private int nextId() {
    int tries = 0;
    do {
      lastId = lastId % PACKET_ID_MAX + 1;
      if (++tries > PACKET_ID_MAX) {
        throw new IllegalStateException(
            "more is unacknowledged than windowMax allows: " + windowMax);
      }
    } while (idsInUse.get(lastId));
    idsInUse.set(lastId);
    return lastId;
  }

  /** The property, or {@code otherwise} where it is absent, 0 or beyond what an int holds. */
  private static int number(MqttProperties properties, MqttPropertyType type, int otherwise) {
    return properties.getProperty(type.value()) instanceof MqttProperties.IntegerProperty number
            && number.value() > 0
        ? number.value()
        : otherwise;
  }

  private static Duration pause(MqttProperties properties) {
    return properties.getProperty(MqttPropertyType.USER_PROPERTY.value())
            instanceof MqttProperties.UserProperties all
        ? all.value().stream()
            .filter(pair -> RetryAfter.PROPERTY.equals(pair.key))
            .map(pair -> RetryAfter.parse(pair.value))
            .findFirst()
            .orElse(Duration.ZERO)
        : Duration.ZERO;
  }

  private static String text(MqttProperties properties, MqttPropertyType type) {
    return properties.getProperty(type.value()) instanceof MqttProperties.StringProperty string
        ? string.value()
        : "";
  }
}
