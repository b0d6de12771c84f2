package io.tidemark.sim.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a connection: bytes are read, wait as long as the link takes, and are written.
 * What waits is bounded: while it is too much, nothing more is read. It waits from the read until
 * the write is done, so a side that does not read stops the other.
 *
 * <p>Owned by the tunnel's loop.
 */
final class TcpPipe extends ChannelInboundHandlerAdapter {
  private final TcpTunnel tunnel;
  private final Direction direction;
  private final Flow flow;
  private final int waitingMaxBytes;
  private final DelayLine line;
  private final Pacer pacer;
  private @Nullable Channel source;
  private int heldBytes;
  private boolean lostBytes;
  private boolean finished;

  TcpPipe(Link link, Direction direction, TcpTunnel tunnel) {
    this.tunnel = tunnel;
    this.direction = direction;
    this.flow = link.bytes(direction);
    this.waitingMaxBytes = link.limits().waitingMaxBytes();
    this.line = new DelayLine(tunnel.loop(), link, this::flush);
    this.pacer = new Pacer(link, link.dice(), true);
  }

  /** The link is no longer frozen. */
  void thaw() {
    line.settle();
  }

  /** Loses what waits. */
  void discard(LostBy reason) {
    line.discard(reason);
  }

  /** True if it swallowed something and, as the link is now, no longer would: it cannot go on. */
  boolean lostBytes(Conditions now) {
    return lostBytes && !now.halfOpen(direction);
  }

  /** True once its end has been passed on. */
  boolean finished() {
    return finished;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    source = context.channel();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    flow.received(bytes.readableBytes());
    LostBy reason = swallowing();
    Bytes parcel = new Bytes(bytes, bytes.readableBytes(), bytes.capacity());
    heldBytes += parcel.capacity();
    if (reason != null) {
      parcel.discard(reason);
      return;
    }
    line.add(pacer.dueNanos(bytes.readableBytes()), parcel);
    if (heldBytes >= waitingMaxBytes) {
      context.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    line.settle();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      if (swallowing() == null) {
        send(new Last(false));
      } else {
        context.close();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (swallowing() == null) {
      send(new Last(true));
    } else {
      tunnel.goneUnnoticed();
    }
  }

  /** Why what comes now is lost, null if it is not. What has lost bytes once never passes any. */
  private @Nullable LostBy swallowing() {
    LostBy reason = tunnel.swallowing(direction);
    lostBytes |= reason != null;
    return lostBytes && reason == null ? LostBy.HALF_OPEN : reason;
  }

  private void send(Parcel parcel) {
    line.add(pacer.dueNanos(0), parcel);
    line.settle();
  }

  private void flush() {
    SocketChannel target = tunnel.target(direction);
    if (target != null) {
      target.flush();
    }
  }

  private void release(int capacity) {
    heldBytes -= capacity;
    if (source != null && heldBytes <= waitingMaxBytes / 2 && !source.config().isAutoRead()) {
      source.config().setAutoRead(true);
    }
  }

  /** Bytes, as they were read; they cost what was allocated for them. */
  private final class Bytes implements Parcel {
    private final ByteBuf bytes;
    private final int length;
    private final int capacity;

    Bytes(ByteBuf bytes, int length, int capacity) {
      this.bytes = bytes;
      this.length = length;
      this.capacity = capacity;
    }

    int capacity() {
      return capacity;
    }

    @Override
    public void pass() {
      SocketChannel target = tunnel.target(direction);
      if (target == null) {
        discard(LostBy.UNSENT);
        return;
      }
      target
          .write(bytes)
          .addListener(
              written -> {
                if (written.isSuccess()) {
                  flow.passed(length);
                } else {
                  flow.lost(LostBy.UNSENT, length);
                }
                release(capacity);
              });
    }

    @Override
    public void discard(LostBy reason) {
      bytes.release();
      flow.lost(reason, length);
      release(capacity);
    }
  }

  /** The end of what one side sends: in good order, or with its connection. */
  private final class Last implements Parcel {
    private final boolean reset;

    Last(boolean reset) {
      this.reset = reset;
    }

    @Override
    public void pass() {
      SocketChannel target = tunnel.target(direction);
      if (reset || target == null) {
        tunnel.end(ConnectionEnd.CLOSED, true);
        return;
      }
      // Shutting down would fail what is not written yet.
      target
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(written -> target.shutdownOutput().addListener(done -> finish()));
    }

    @Override
    public void discard(LostBy reason) {
      // It is not passed on, so nothing else would ever end this side.
      if (source != null) {
        source.close();
      }
    }

    private void finish() {
      finished = true;
      tunnel.finished();
    }
  }
}
