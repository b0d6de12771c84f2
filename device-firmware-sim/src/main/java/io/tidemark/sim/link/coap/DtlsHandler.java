package io.tidemark.sim.link.coap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import io.tidemark.sim.link.Proofs;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * DTLS 1.2 under one socket of one device, by Java's own engine: no thread, and what it remembers
 * is small. What is behind this is active when the handshake is over, and deals in what is not
 * encrypted; if the handshake fails it is told the exception, and the channel closes.
 *
 * <p>Owned by the channel's event loop.
 */
final class DtlsHandler extends ChannelDuplexHandler {
  /** Of a handshake's datagrams; messages of CoAP are smaller. */
  private static final int DATAGRAM_MAX_BYTES = 1_400;

  /** Until a handshake's messages are sent again; then twice as long (RFC 6347, 4.2.4.1). */
  private static final long REPEAT_FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final SSLEngine engine;
  private final Duration max;
  private final Runnable refused;
  private long repeatNanos = REPEAT_FIRST_NANOS;
  private @Nullable ScheduledFuture<?> repeat;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean established;

  private DtlsHandler(SSLEngine engine, Duration max, Runnable refused) {
    this.engine = engine;
    this.max = max;
    this.refused = refused;
  }

  /**
   * For a device.
   *
   * @param host as the gateway's certificate has to name it
   * @param max how long the handshake may take
   */
  static DtlsHandler of(Proofs proofs, String device, String host, int port, Duration max) {
    SSLEngine engine = proofs.datagramsOf(device).createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the host is compared
    parameters.setMaximumPacketSize(DATAGRAM_MAX_BYTES);
    engine.setSSLParameters(parameters);
    return new DtlsHandler(engine, max, () -> proofs.refused(device));
  }

  /** Not passed on before the handshake is over. */
  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    deadline =
        ctx.executor()
            .schedule(
                () ->
                    fail(
                        ctx,
                        new ConnectTimeoutException(
                            "no answer to the handshake within " + max.toMillis() + " ms")),
                max.toNanos(),
                TimeUnit.NANOSECONDS);
    try {
      engine.beginHandshake();
      proceed(ctx);
    } catch (SSLException | EOFException e) {
      fail(ctx, e);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof DatagramPacket datagram)) {
      ctx.fireChannelRead(message);
      return;
    }
    try {
      received(ctx, datagram);
    } catch (SSLException | EOFException e) {
      fail(ctx, e);
    } finally {
      datagram.release();
    }
  }

  private void received(ChannelHandlerContext ctx, DatagramPacket datagram)
      throws SSLException, EOFException {
    ByteBuffer records = ByteBuffer.wrap(ByteBufUtil.getBytes(datagram.content()));
    int before = records.remaining() + 1;
    while (records.hasRemaining() && records.remaining() < before) {
      before = records.remaining();
      ByteBuffer plain = unwrap(records);
      repeatNanos = REPEAT_FIRST_NANOS;
      proceed(ctx);
      if (plain.hasRemaining()) {
        ctx.fireChannelRead(
            new DatagramPacket(
                Unpooled.wrappedBuffer(plain), datagram.recipient(), datagram.sender()));
      }
    }
  }

  private ByteBuffer unwrap(ByteBuffer records) throws SSLException, EOFException {
    ByteBuffer plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    if (engine.unwrap(records, plain).getStatus() == SSLEngineResult.Status.CLOSED) {
      throw new EOFException("the gateway has closed the session");
    }
    return plain.flip();
  }

  /** Says what there is to say, until it is the gateway's turn. */
  private void proceed(ChannelHandlerContext ctx) throws SSLException, EOFException {
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.NEED_UNWRAP && status != HandshakeStatus.NOT_HANDSHAKING) {
      switch (status) {
        case NEED_TASK -> engine.getDelegatedTask().run();
        case NEED_UNWRAP_AGAIN -> unwrap(NOTHING);
        default -> wrap(ctx, NOTHING, ctx.newPromise());
      }
      status = engine.getHandshakeStatus();
    }
    ctx.flush();
    if (status == HandshakeStatus.NEED_UNWRAP) {
      awaitAnswer(ctx);
    } else if (!established) {
      established = true;
      stopTimers();
      ctx.fireChannelActive();
    }
  }

  private void awaitAnswer(ChannelHandlerContext ctx) {
    if (repeat != null) {
      repeat.cancel(false);
    }
    repeat = ctx.executor().schedule(() -> repeat(ctx), repeatNanos, TimeUnit.NANOSECONDS);
  }

  /** To wrap where an answer is due means to say the same again. */
  private void repeat(ChannelHandlerContext ctx) {
    repeatNanos *= 2;
    try {
      wrap(ctx, NOTHING, ctx.newPromise());
      proceed(ctx);
    } catch (SSLException | EOFException e) {
      fail(ctx, e);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf plain)) {
      ctx.write(message, promise);
      return;
    }
    try {
      wrap(ctx, ByteBuffer.wrap(ByteBufUtil.getBytes(plain)), promise);
    } catch (SSLException e) {
      promise.setFailure(e);
    } finally {
      plain.release();
    }
  }

  private void wrap(ChannelHandlerContext ctx, ByteBuffer plain, ChannelPromise promise)
      throws SSLException {
    ByteBuffer records = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult unused = engine.wrap(plain, records);
    ctx.write(Unpooled.wrappedBuffer(records.flip()), promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopTimers();
    ctx.fireChannelInactive();
  }

  private void fail(ChannelHandlerContext ctx, Exception why) {
    stopTimers();
    if (why instanceof SSLException) {
      refused.run();
      try {
        wrap(ctx, NOTHING, ctx.newPromise()); // the alert
        ctx.flush();
      } catch (SSLException e) {
        why.addSuppressed(e);
      }
    }
    ctx.fireExceptionCaught(why);
    ctx.close();
  }

  private void stopTimers() {
    for (ScheduledFuture<?> timer : new ScheduledFuture<?>[] {repeat, deadline}) {
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }
}
