package io.tidemark.gateway.mqtt;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.identity.Proof;
import io.tidemark.gateway.intake.AddressRate;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.identity.UntrustedException;
import io.tidemark.wire.Routes;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * Stands in one connection between the socket and the MQTT decoder, and lets one whole packet
 * through at a time: the decoder by itself waits for whatever a packet says inside of it is to
 * come, and reads a packet anew with each piece of it. What is too large, too early or too much is
 * found here by a packet's first bytes, and memory for it never taken.
 *
 * <p>With TLS a connection stands here from its first byte on, and its handshake is one more thing
 * that has to be over before its CONNECT comes: bounded by the same time and number.
 *
 * <p>Reads no further while the device sends faster than it may, or does not read its answers.
 *
 * <p>Belongs to the connection's event loop.
 */
final class Gate extends ByteToMessageDecoder {
  /** How often a clock is looked at that may have been set. */
  private static final long CLOCK_LOOK_MS = MINUTES.toMillis(1);

  private enum State {
    /** Nothing came yet. */
    UNIDENTIFIED,
    /** Its CONNECT is looked at. */
    CONNECTING,
    /** Its password is being checked; nothing more of it is read meanwhile. */
    CHECKING,
    /** It was let in. */
    OPEN,
    /** Nothing of it is read any more. */
    CLOSING
  }

  /** Told of a gate while its CONNECT is looked at. */
  interface Arrivals {
    void arriving(@Nullable Gate gate);
  }

  private final MqttSettings settings;
  private final Hall hall;
  private final MqttCounters counters;
  private final Arrivals arrivals;
  private final @Nullable MqttTls tls;
  private final PacketRules rules = new PacketRules();

  private State state = State.UNIDENTIFIED;
  private @Nullable ChannelHandlerContext context;
  private @Nullable MqttConnection connection;
  private boolean inHandshake;
  private @Nullable Device device;
  private @Nullable ScheduledFuture<?> connectTimer;
  private @Nullable ScheduledFuture<?> unreadTimer;
  private @Nullable ScheduledFuture<?> lapseTimer;
  private boolean closing;
  private @Nullable Object address;
  private int keptBytes;
  private int decoded;
  private long secondBegan = System.nanoTime();
  private int thisSecond;
  private boolean throttled;
  private boolean blocked;

  /**
   * For one connection.
   *
   * @param tls null if it is not encrypted
   */
  Gate(
      MqttSettings settings,
      Hall hall,
      MqttCounters counters,
      @Nullable MqttTls tls,
      Arrivals arrivals) {
    this.tls = tls;
    this.settings = settings;
    this.hall = hall;
    this.counters = counters;
    this.arrivals = arrivals;
  }

  /** Takes its place in a connection that begins. */
  void install(ChannelPipeline pipeline) {
    pipeline.addBefore("mqttDecoder", "gate", this);
    pipeline.addAfter(
        "mqttDecoder",
        "decoded",
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext ctx, Object packet) {
            decoded++;
            ctx.fireChannelRead(packet);
          }
        });
    if (tls != null) {
      inHandshake = true;
      pipeline.addFirst("tls", tls.handler());
    }
    ChannelHandlerContext ctx = context();
    connectTimer =
        ctx.executor()
            .schedule(
                () -> end(inHandshake ? CloseReason.HANDSHAKE : CloseReason.CONNECT_TIMEOUT),
                settings.connectTimeout().toMillis(),
                MILLISECONDS);
    Gate gone = hall.enter(this);
    if (gone != null) {
      gone.context().executor().execute(() -> gone.end(CloseReason.UNIDENTIFIED));
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a connection");
    }
    return ctx;
  }

  /** Closes a connection that was not let in, and says nothing. On its event loop. */
  void end(CloseReason reason) {
    if (state == State.UNIDENTIFIED || state == State.CONNECTING || state == State.CHECKING) {
      counters.closed(reason);
      state = State.CLOSING;
      if (inHandshake) {
        context().pipeline().firstContext().close(); // past TLS, which would wait to say goodbye
      } else {
        context().close();
      }
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof SslHandshakeCompletionEvent over) {
      handshaken(ctx, over);
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  private void handshaken(ChannelHandlerContext ctx, SslHandshakeCompletionEvent over) {
    if (!over.isSuccess()) {
      // Who has gone by itself was not refused.
      if (state != State.CLOSING && !(over.cause() instanceof ClosedChannelException)) {
        counters.closed(MqttTls.reasonOf(over.cause()));
      }
      state = State.CLOSING; // TLS tells the device, and closes
      return;
    }
    inHandshake = false;
    SslHandler handler = ctx.pipeline().get(SslHandler.class);
    try {
      device = tls == null || handler == null ? null : tls.deviceOf(handler.engine());
    } catch (UntrustedException e) {
      end(CloseReason.of(e.reason()));
    }
  }

  /** Who it is; null if it has not proved that. */
  @Nullable Device device() {
    return device;
  }

  /**
   * Its password is being checked, on another thread, which {@link #decided} follows. Meanwhile
   * what comes is not read.
   */
  void hold() {
    state = State.CHECKING;
    ChannelHandlerContext ctx = context();
    read(ctx);
    connectTimer =
        ctx.executor()
            .schedule(
                () -> end(CloseReason.PASSWORD_CHECKS),
                settings.connectTimeout().toMillis(),
                MILLISECONDS);
  }

  /**
   * It is known now whether its password is right.
   *
   * @param its null if it is not
   * @param then what follows: it is let in, or turned away. Not run if the connection is gone
   */
  void decided(@Nullable Device its, Runnable then) {
    if (state != State.CHECKING) {
      return;
    }
    ChannelHandlerContext ctx = context();
    if (connectTimer != null) {
      connectTimer.cancel(false);
    }
    device = its;
    state = State.CONNECTING;
    try {
      then.run();
    } catch (RuntimeException e) {
      ctx.close(); // nothing would end it any more
      throw e;
    }
    goOn(ctx);
  }

  /** The device is let in. Keeps its keep alive from now on. */
  void letIn(MqttConnection its) {
    connection = its;
    state = State.OPEN;
    if (tls != null && device != null && device.proof() == Proof.CERTIFICATE) {
      endWith(device, its, tls.clock());
    }
    ChannelPipeline pipeline = context().pipeline();
    if (pipeline.get("keepAliveHandler") != null) {
      // The one that is there says nothing to the device, and waits for it to read what it is sent.
      pipeline.replace("keepAliveHandler", "keepAlive", new KeepAlive());
    }
  }

  /** A clock may be set meanwhile: it is asked again when the time has passed. */
  private void endWith(Device its, MqttConnection connected, Clock clock) {
    ChannelHandlerContext ctx = context();
    long left = Math.min(CLOCK_LOOK_MS, clock.instant().until(its.until(), ChronoUnit.MILLIS) + 1);
    if (left <= 0) {
      connected.lapsed(its);
    } else {
      lapseTimer =
          ctx.executor().schedule(() -> endWith(its, connected, clock), left, MILLISECONDS);
    }
  }

  private final class KeepAlive extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (!(event instanceof IdleStateEvent)) {
        ctx.fireUserEventTriggered(event);
      } else if (!throttled && connection != null) {
        connection.silent();
      }
    }
  }

  /** The device is told that it is not let in. */
  void turnedAway(CloseReason reason) {
    counters.closed(reason);
    closing();
  }

  /** The device takes no larger packets. Before anything is sent. */
  void sendAtMost(long maxBytes) {
    context().pipeline().addBefore("mqttEncoder", "sendLimit", new SendLimit(maxBytes));
  }

  /** The address, of IPv6 the network, which connections are counted by. */
  Object address() {
    if (address == null) {
      SocketAddress remote = context().channel().remoteAddress();
      address = AddressRate.network(((InetSocketAddress) remote).getAddress());
    }
    return address;
  }

  /** False while the device does not read what it is sent. */
  boolean canWrite() {
    return context().channel().isWritable();
  }

  /** The connection is being closed: nothing more is taken, and it is given some time for that. */
  void closing() {
    state = State.CLOSING;
    if (!closing) {
      closing = true;
      if (unreadTimer != null) {
        unreadTimer.cancel(false); // it is closed for one reason
      }
      ChannelHandlerContext ctx = context();
      ScheduledFuture<?> timer =
          ctx.executor()
              .schedule(() -> ctx.close(), settings.writeTimeout().toMillis(), MILLISECONDS);
      ctx.channel().closeFuture().addListener(closed -> timer.cancel(false));
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (state == State.CLOSING) {
      in.skipBytes(in.readableBytes());
      keep(0);
      return;
    }
    PacketHead head =
        throttled || blocked || state == State.CHECKING
            ? null
            : PacketHead.of(in, state == State.UNIDENTIFIED, settings.packetMaxBytes());
    if (head == null || in.readableBytes() < head.bytes()) {
      if (!keep(in.readableBytes())) {
        throw new ProtocolException(
            CloseReason.UNFINISHED,
            MqttDisconnectReasonCode.QUOTA_EXCEEDED,
            "packets that came in part fill %d bytes (tidemark.mqtt.unfinished-max-bytes): send again in some seconds"
                .formatted(settings.unfinishedMaxBytes()));
      }
      return;
    }
    if (head.type() == PacketHead.DISCONNECT) {
      head.checkDisconnect(in);
    }
    if (!mayPass(ctx, head, in)) {
      return;
    }
    rules.check(in, head.bytes());
    keep(0);
    pass(ctx, head.type(), in.readRetainedSlice(head.bytes()));
  }

  /** False if the packet, and all that come after it, have to wait. */
  private boolean mayPass(ChannelHandlerContext ctx, PacketHead head, ByteBuf in) {
    if (head.type() != PacketHead.PUBLISH && !ctx.channel().isWritable()) {
      // A PUBLISH is answered when there is room, and its window bounds how many wait for that.
      blocked = true;
      read(ctx);
      return false;
    }
    long now = System.nanoTime();
    if (now - secondBegan >= SECONDS.toNanos(1)) {
      secondBegan = now;
      thisSecond = 0;
    }
    if (thisSecond >= settings.messagesPerSecondMax()) {
      counters.throttled.increment();
      throttle(ctx, secondBegan + SECONDS.toNanos(1) - now);
      return false;
    }
    Outcome.Refused over = head.type() == PacketHead.PUBLISH ? over(head, in) : null;
    if (over != null) {
      boolean bySite = over.reason() == Reason.SITE_RATE;
      (bySite ? counters.throttledBySite : counters.throttledByDevice).increment();
      throttle(ctx, over.retryAfter().toNanos());
      return false;
    }
    long wait = hall.take(address());
    if (wait > 0) {
      counters.throttledByAddress.increment();
      throttle(ctx, wait);
      return false;
    }
    thisSecond++;
    return true;
  }

  /**
   * Why a PUBLISH has to wait here for its device; null if it need not, or its device can be told
   * so instead.
   */
  private Outcome.@Nullable Refused over(PacketHead head, ByteBuf in) {
    if (rules.isMqtt5() && PacketHead.isAcknowledged(in)) {
      return null;
    }
    String topic = device == null ? head.topic(in) : null;
    String its = device != null ? device.name() : topic == null ? null : Routes.deviceOf(topic);
    return its == null ? null : hall.over(its);
  }

  private void throttle(ChannelHandlerContext ctx, long nanos) {
    throttled = true;
    read(ctx);
    ctx.executor()
        .schedule(
            () -> {
              throttled = false;
              goOn(ctx);
            },
            nanos,
            NANOSECONDS);
  }

  private void pass(ChannelHandlerContext ctx, int type, ByteBuf packet) {
    if (type == PacketHead.CONNECT) {
      identified();
      arrivals.arriving(this);
    }
    int before = decoded;
    ctx.fireChannelRead(packet);
    arrivals.arriving(null);
    if (state != State.CLOSING && decoded != before + 1) {
      throw ProtocolException.malformed("a packet's parts and its length do not agree");
    }
    if (state == State.CONNECTING) {
      turnedAway(CloseReason.PROTOCOL); // by the MQTT server itself
    } else if (type == PacketHead.DISCONNECT) {
      closing();
    }
  }

  private void identified() {
    state = State.CONNECTING;
    hall.leave(this);
    if (connectTimer != null) {
      connectTimer.cancel(false);
    }
  }

  /** Reads from the socket, or does not. */
  private void read(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(!throttled && !blocked && state != State.CHECKING);
  }

  private void goOn(ChannelHandlerContext ctx) {
    if (ctx.channel().isActive() && !throttled && !blocked) {
      read(ctx);
      try {
        channelRead(ctx, Unpooled.EMPTY_BUFFER);
      } catch (Exception e) {
        exceptionCaught(ctx, e);
      }
      ctx.fireChannelReadComplete();
    }
  }

  /** Not its super's, which reads on when nothing was decoded, whether or not it should. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    discardSomeReadBytes();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.fireChannelWritabilityChanged();
    // Later: it may be in the middle of writing.
    ctx.executor().execute(() -> writabilityChanged(ctx));
  }

  private void writabilityChanged(ChannelHandlerContext ctx) {
    if (!ctx.channel().isWritable()) {
      if (unreadTimer == null && !closing) {
        unreadTimer =
            ctx.executor()
                .schedule(
                    () -> {
                      counters.closed(CloseReason.UNREAD);
                      state = State.CLOSING;
                      ctx.close();
                    },
                    settings.writeTimeout().toMillis(),
                    MILLISECONDS);
      }
      return;
    }
    if (unreadTimer != null) {
      unreadTimer.cancel(false);
      unreadTimer = null;
    }
    if (connection != null) {
      connection.writable();
    }
    if (blocked) {
      blocked = false;
      goOn(ctx);
    }
  }

  /** What a connection that was not let in has done wrong is counted here; nobody else hears it. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
    if (state == State.OPEN && MqttTls.isFrom(thrown)) {
      counters.closed(CloseReason.HANDSHAKE);
      state = State.CLOSING;
      ctx.close();
    } else if (state == State.OPEN) {
      ctx.fireExceptionCaught(thrown);
    } else if (thrown instanceof IOException) {
      ctx.close();
    } else {
      end(thrown instanceof ProtocolException known ? known.reason() : CloseReason.MALFORMED);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    hall.leave(this);
    state = State.CLOSING;
    if (connectTimer != null) {
      connectTimer.cancel(false);
    }
    if (unreadTimer != null) {
      unreadTimer.cancel(false);
    }
    if (lapseTimer != null) {
      lapseTimer.cancel(false);
    }
    super.channelInactive(ctx);
    keep(0);
  }

  private boolean keep(int bytes) {
    int more = bytes - keptBytes;
    keptBytes = bytes;
    return hall.keep(more);
  }
}
