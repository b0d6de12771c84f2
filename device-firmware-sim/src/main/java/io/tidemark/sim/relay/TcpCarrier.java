package io.tidemark.sim.relay;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Connections to one gateway. Thread-safe: each connection is its own loop's. */
final class TcpCarrier implements Carrier {
  /** Most bytes of one read. */
  static final int READ_MAX_BYTES = 4 << 10;

  private static final int BACKLOG = 1_024;

  private final Link link;
  private final InetSocketAddress gateway;
  private final Set<TcpTunnel> tunnels = ConcurrentHashMap.newKeySet();
  private final Channel server;

  private TcpCarrier(
      Link link, EventLoopGroup loops, InetSocketAddress listen, InetSocketAddress to)
      throws IOException {
    this.link = link;
    this.gateway = to;
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.RCVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(64, 1_024, READ_MAX_BYTES))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel device) {
                    accept(device);
                  }
                })
            .bind(listen)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + listen + ": " + bound.cause().getMessage(), bound.cause());
    }
    this.server = bound.channel();
  }

  static TcpCarrier start(
      Link link, EventLoopGroup loops, InetSocketAddress listen, InetSocketAddress to)
      throws IOException {
    return new TcpCarrier(link, loops, listen, to);
  }

  @Override
  public InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  @Override
  public void changed(Conditions before, Conditions now) {
    for (TcpTunnel tunnel : tunnels) {
      tunnel.loop().execute(() -> tunnel.changed(before, now));
    }
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    for (TcpTunnel tunnel : tunnels) {
      tunnel.loop().submit(() -> tunnel.end(ConnectionEnd.CLOSED, false)).awaitUninterruptibly();
    }
  }

  private void accept(SocketChannel device) {
    link.accepted();
    TcpTunnel tunnel = new TcpTunnel(link, device, tunnels::remove);
    // First known, then looking at the link: so it cannot miss a change.
    tunnels.add(tunnel);
    if (tunnels.size() > link.limits().connectionsMax()) {
      tunnel.end(ConnectionEnd.LIMIT, true);
    } else {
      tunnel.open(gateway);
    }
  }
}
