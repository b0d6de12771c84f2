package io.tidemark.sim.link.coap;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Loss;
import io.tidemark.sim.link.Outcome;
import io.tidemark.wire.PayloadType;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One socket of one device, and what it exchanges with a gateway. CoAP has no connection: one
 * begins when the gateway answers a ping, and ends when a message goes unacknowledged through all
 * its retransmissions, is rejected, is answered as no gateway answers, or when nobody listens
 * there.
 *
 * <p>Every payload is a confirmable POST. An empty acknowledgement only ends the retransmissions;
 * the response decides, whether it comes with the acknowledgement or by itself (RFC 7252, sections
 * 4.2, 5.2 and 5.3).
 *
 * <p>Owned by the channel's event loop.
 */
final class CoapLink extends SimpleChannelInboundHandler<DatagramPacket> implements Link {
  /**
   * How many payloads may be unanswered: NSTART (RFC 7252, section 4.7). The blocks of two could
   * not be told apart anyway (RFC 7959, section 2.5).
   */
  private static final int NSTART = 1;

  /**
   * How often a payload is sent again over DTLS before the session is taken for one that the
   * gateway does not know: it discards what comes in that without a word.
   */
  private static final int UNKNOWN_MAX_RETRANSMIT = 1;

  private static final int NONE = -1;

  /** How many of the gateway's last responses are acknowledged again when they are repeated. */
  private static final int REMEMBERED = 8;

  /** Critical options a response may have; one with any other must be rejected (5.4.1). */
  private static final Set<Integer> KNOWN_CRITICAL = Set.of(CoapOption.BLOCK1, CoapOption.BLOCK2);

  private final List<CoapOption> options;
  private final CoapTimes times;
  private final Duration connectMax;
  private final Supplier<byte[]> tokens;
  private final SplittableRandom jitter;
  private final @Nullable Runnable refused;
  private final LinkListener listener;
  private final MessageIds ids;
  private final int[] acknowledgedIds = new int[REMEMBERED];
  private int oldest;

  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> timer;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean pinging;
  private boolean over;
  private int lastKey;

  /** What is being sent; null if nothing is, or a ping. The rest is about its present message. */
  private @Nullable Post post;

  private int messageId = NONE;
  private byte[] token = {};
  private long timeoutNanos;
  private int retransmissions;
  private boolean acknowledged;
  private boolean idIsTaken;

  /**
   * @param refused told when the gateway believes the device no more; null if nobody asked who it
   *     is
   */
  CoapLink(
      List<CoapOption> options,
      CoapTimes times,
      Duration connectMax,
      Supplier<byte[]> tokens,
      SplittableRandom jitter,
      @Nullable Runnable refused,
      LinkListener listener) {
    this.options = options;
    this.times = times;
    this.connectMax = connectMax;
    this.tokens = tokens;
    this.jitter = jitter;
    this.refused = refused;
    this.listener = listener;
    this.ids = new MessageIds(jitter.nextInt());
    Arrays.fill(acknowledgedIds, NONE);
  }

  @Override
  public int windowMax() {
    return NSTART;
  }

  /** Nothing is announced over CoAP. */
  @Override
  public @Nullable Outcome refusedUnsent(int payloadBytes) {
    return null;
  }

  @Override
  public int send(byte[] payload, PayloadType type) {
    if (post != null) {
      throw new IllegalStateException("a payload is unanswered, and NSTART is " + NSTART);
    }
    lastKey = (lastKey + 1) & Integer.MAX_VALUE;
    List<CoapOption> all = new ArrayList<>(options);
    all.add(CoapOption.uint(CoapOption.CONTENT_FORMAT, type.contentFormat()));
    post = new Post(lastKey, all, payload);
    begin();
    return lastKey;
  }

  @Override
  public void cut() {
    close(); // there is no goodbye in CoAP
  }

  @Override
  public void close() {
    over = true;
    stop();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    pinging = true;
    deadline =
        ctx.executor()
            .schedule(
                () -> end("no answer within " + connectMax.toMillis() + " ms"),
                connectMax.toNanos(),
                TimeUnit.NANOSECONDS);
    begin();
  }

  private void pong() {
    pinging = false;
    stopTimers();
    listener.connected(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("the socket was closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end(inWords(cause));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
    if (over) {
      return;
    }
    try {
      received(CoapCodec.decode(ByteBufUtil.getBytes(datagram.content())));
    } catch (CoapFormatException e) {
      if (e.rejectId() >= 0) {
        write(CoapMessage.empty(CoapMessage.Type.RST, e.rejectId()));
      }
    }
  }

  private void received(CoapMessage message) {
    switch (message.type()) {
      case ACK -> {
        if (post != null && message.id() == messageId) {
          acknowledgement(message);
        }
      }
      case RST -> {
        if (pinging && message.id() == messageId) {
          pong();
        } else if (post != null && message.id() == messageId) {
          end("the gateway rejects the message");
        }
      }
      case CON -> confirmable(message);
      case NON -> {
        if (isAnswer(message)) {
          answered(message);
        }
      }
    }
  }

  private void acknowledgement(CoapMessage message) {
    if (message.isEmpty()) {
      if (!acknowledged) {
        acknowledged = true;
        schedule(times.responseTimeout().toNanos(), this::timedOut);
      }
    } else if (!Arrays.equals(message.token(), token)) {
      idIsTaken = true; // by a message of an earlier socket with this port
    } else if (isAnswer(message)) {
      answered(message);
    }
  }

  /** A response by itself; whatever else is confirmable, a ping included, is rejected. */
  private void confirmable(CoapMessage message) {
    boolean answer = isAnswer(message);
    boolean repeated =
        message.isResponse()
            && Arrays.stream(acknowledgedIds).anyMatch(known -> known == message.id());
    if (!answer && !repeated) {
      write(CoapMessage.empty(CoapMessage.Type.RST, message.id()));
      return;
    }
    write(CoapMessage.empty(CoapMessage.Type.ACK, message.id()));
    if (answer) {
      acknowledgedIds[oldest] = message.id();
      oldest = (oldest + 1) % REMEMBERED;
      answered(message);
    }
  }

  /** True for a response to the present message that may be used. */
  private boolean isAnswer(CoapMessage message) {
    return post != null
        && messageId != NONE
        && message.isResponse()
        && Arrays.equals(message.token(), token)
        && message.options().stream()
            .allMatch(option -> !option.critical() || KNOWN_CRITICAL.contains(option.number()));
  }

  private void answered(CoapMessage response) {
    Post answered = post;
    if (answered == null) {
      return;
    }
    if (response.code() == CoapCodes.CONTINUE && answered.advance(response)) {
      listener.advanced();
      begin();
      return;
    }
    if (response.code() == CoapCodes.TOO_LARGE && answered.beginsSmaller(response)) {
      begin();
      return;
    }
    if (refused != null && response.code() == CoapCodes.UNAUTHORIZED) {
      refused.run();
      end("the gateway believes this device no more: it shakes hands anew");
      return;
    }
    Outcome outcome = CoapCodes.outcome(response, answered.isWholeIn(response));
    if (outcome == null) {
      end(response.codeInWords() + " to a batch is no gateway's answer");
      return;
    }
    post = null;
    stopTimer();
    listener.settled(answered.key(), outcome);
  }

  /** Sends the message that is due for the first time, once there is an id for it. */
  private void begin() {
    long wait = ids.waitNanos(System.nanoTime());
    if (wait > 0) {
      messageId = NONE;
      schedule(wait, this::begin);
      return;
    }
    token = tokens.get();
    messageId = ids.next(System.nanoTime());
    acknowledged = false;
    idIsTaken = false;
    retransmissions = 0;
    timeoutNanos = times.firstNanos(jitter);
    transmit();
  }

  private void transmit() {
    if (post != null) {
      write(post.message(messageId, token));
    } else if (pinging) {
      write(CoapMessage.empty(CoapMessage.Type.CON, messageId));
    } else {
      return;
    }
    schedule(timeoutNanos, this::timedOut);
  }

  private void timedOut() {
    if (acknowledged) {
      end("acknowledged, and not answered within " + times.responseTimeout().toSeconds() + " s");
    } else if (retransmissions == maxRetransmit()) {
      end("no acknowledgement, though sent %d times".formatted(retransmissions + 1));
    } else {
      retransmissions++;
      timeoutNanos *= 2;
      if (idIsTaken && ids.waitNanos(System.nanoTime()) == 0) {
        messageId = ids.next(System.nanoTime());
        idIsTaken = false;
      }
      transmit();
    }
  }

  /** Of a later block it is known that the gateway knows the session. */
  private int maxRetransmit() {
    return refused != null && post != null && post.isBeginning()
        ? Math.min(times.maxRetransmit(), UNKNOWN_MAX_RETRANSMIT)
        : times.maxRetransmit();
  }

  private void end(String why) {
    if (over) {
      return;
    }
    over = true;
    stop();
    listener.lost(new Loss(why));
  }

  private void stop() {
    post = null;
    stopTimers();
    if (context != null) {
      context.close();
    }
  }

  private void schedule(long nanos, Runnable task) {
    stopTimer();
    if (context != null) {
      timer = context.executor().schedule(task, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void stopTimers() {
    stopTimer();
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void write(CoapMessage message) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    ctx.writeAndFlush(Unpooled.wrappedBuffer(CoapCodec.encode(message)))
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                // Not at once: who sends is told later.
                ctx.executor().execute(() -> end(inWords(done.cause())));
              }
            });
  }

  private static String inWords(Throwable cause) {
    if (cause instanceof SSLException) {
      return "DTLS failed: " + cause.getMessage();
    }
    return cause instanceof PortUnreachableException
        ? "nobody listens at the gateway's port"
        : "the socket failed: " + cause;
  }
}
