package io.tidemark.sim.relay;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a device, and the one to its gateway that belongs to it, from accepting to the
 * end of both.
 *
 * <p>Owned by the loop of the device's channel, which carries the gateway's too.
 */
final class TcpTunnel {
  /** How long connecting to the gateway may take: 10 s. */
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

  private final Link link;
  private final SocketChannel device;
  private final Consumer<TcpTunnel> onEnd;
  private final TcpPipe up;
  private final TcpPipe down;
  private @Nullable SocketChannel gateway;
  private boolean dead;
  private boolean ended;

  /**
   * @param onEnd hears once that both connections have ended, or are about to
   */
  TcpTunnel(Link link, SocketChannel device, Consumer<TcpTunnel> onEnd) {
    this.link = link;
    this.device = device;
    this.onEnd = onEnd;
    this.up = new TcpPipe(link, Direction.UP, this);
    this.down = new TcpPipe(link, Direction.DOWN, this);
    device.pipeline().addLast(up);
  }

  EventLoop loop() {
    return device.eventLoop();
  }

  /** Connects to the gateway, if the link is such that this can be. */
  void open(InetSocketAddress to) {
    Conditions now = link.conditions();
    if (now.cut() || now.refuse()) {
      end(ConnectionEnd.REFUSED, true);
      return;
    }
    if (now.silentCut()) {
      // The device's system believes to be connected; nobody will ever answer.
      dead = true;
      device.config().setAutoRead(true);
      return;
    }
    ChannelFuture connecting =
        new Bootstrap()
            .group(loop())
            .channel(NioSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .option(
                ChannelOption.RCVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(64, 1_024, TcpCarrier.READ_MAX_BYTES))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(down);
                  }
                })
            .connect(to);
    connecting.addListener(
        done -> {
          if (loop().inEventLoop()) {
            connected(connecting);
          } else { // so if there was no socket to be had
            loop().execute(() -> connected(connecting));
          }
        });
  }

  /** The link has changed. */
  void changed(Conditions before, Conditions now) {
    if (ended) {
      return;
    }
    if (now.cut() && !before.cut()) {
      end(ConnectionEnd.CUT, true);
      return;
    }
    if (now.silentCut() && !before.silentCut()) {
      dead = true;
      up.discard(LostBy.CUT);
      down.discard(LostBy.CUT);
    }
    if (!dead && (up.lostBytes(now) || down.lostBytes(now))) {
      end(ConnectionEnd.HALF_OPEN, true);
      return;
    }
    if (before.freeze() && !now.freeze()) {
      up.thaw();
      down.thaw();
    }
  }

  /** Why what comes in this direction now is lost; null if it is not. */
  @Nullable LostBy swallowing(Direction direction) {
    Conditions now = link.conditions();
    if (dead || now.silentCut()) {
      return LostBy.CUT;
    }
    return now.halfOpen(direction) ? LostBy.HALF_OPEN : null;
  }

  /** Where a direction leads to; null while the gateway is not connected. */
  @Nullable SocketChannel target(Direction direction) {
    return direction == Direction.UP ? gateway : device;
  }

  /** A direction has come to its end in good order. */
  void finished() {
    if (up.finished() && down.finished()) {
      end(ConnectionEnd.CLOSED, false);
    }
  }

  /** One of the two connections is gone, and the other side is not to know. */
  void goneUnnoticed() {
    SocketChannel other = gateway;
    if (!device.isOpen() && (other == null || !other.isOpen())) {
      end(ConnectionEnd.CLOSED, false);
    }
  }

  /**
   * Ends both connections.
   *
   * @param reset true for an RST, false for an orderly end
   */
  void end(ConnectionEnd how, boolean reset) {
    if (ended) {
      return;
    }
    ended = true;
    link.ended(how);
    LostBy reason =
        how == ConnectionEnd.CUT
            ? LostBy.CUT
            : how == ConnectionEnd.HALF_OPEN ? LostBy.HALF_OPEN : LostBy.UNSENT;
    close(device, reset);
    if (gateway != null) {
      close(gateway, reset);
    }
    up.discard(reason);
    down.discard(reason);
    onEnd.accept(this);
  }

  private void connected(ChannelFuture connecting) {
    if (!connecting.isSuccess()) {
      end(ConnectionEnd.UNREACHABLE, true);
      return;
    }
    SocketChannel channel = (SocketChannel) connecting.channel();
    if (ended) {
      close(channel, true);
      return;
    }
    gateway = channel;
    device.config().setAutoRead(true);
    channel.config().setAutoRead(true);
  }

  private static void close(SocketChannel channel, boolean reset) {
    if (reset && channel.isOpen()) {
      channel.config().setSoLinger(0);
    }
    channel.close();
  }
}
