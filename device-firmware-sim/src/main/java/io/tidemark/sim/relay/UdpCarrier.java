package io.tidemark.sim.relay;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams to one gateway, all on one loop. As an address translator does, it remembers each
 * client and gives it a socket of its own towards the gateway.
 */
final class UdpCarrier extends SimpleChannelInboundHandler<DatagramPacket> implements Carrier {
  /** Most bytes of a datagram: what UDP carries. */
  private static final int DATAGRAM_MAX_BYTES = 65_535;

  /** What the system keeps while the loop is busy: 4 MiB, if it lets us. */
  private static final int SYSTEM_BUFFER_BYTES = 4 << 20;

  private final Link link;
  private final EventLoop loop;
  private final InetSocketAddress gateway;
  private final DatagramChannel server;
  private final Map<InetSocketAddress, UdpClient> clients = new HashMap<>();
  private boolean closed;

  private UdpCarrier(Link link, EventLoop loop, InetSocketAddress listen, InetSocketAddress to)
      throws IOException {
    this.link = link;
    this.loop = loop;
    this.gateway = to;
    ChannelFuture bound =
        new Bootstrap()
            .group(loop)
            .channel(NioDatagramChannel.class)
            .option(ChannelOption.SO_RCVBUF, SYSTEM_BUFFER_BYTES)
            .option(
                ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_MAX_BYTES))
            .handler(this)
            .bind(listen)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + listen + ": " + bound.cause().getMessage(), bound.cause());
    }
    this.server = (DatagramChannel) bound.channel();
  }

  static UdpCarrier start(Link link, EventLoop loop, InetSocketAddress listen, InetSocketAddress to)
      throws IOException {
    UdpCarrier carrier = new UdpCarrier(link, loop, listen, to);
    carrier.forgetLater();
    return carrier;
  }

  @Override
  public InetSocketAddress address() {
    return server.localAddress();
  }

  @Override
  public void changed(Conditions before, Conditions now) {
    loop.execute(
        () -> {
          clients.values().forEach(client -> client.changed(before, now));
          if (now.silentCut() && !before.silentCut()) {
            forgetAll(LostBy.CUT);
          }
        });
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    loop.submit(
            () -> {
              closed = true;
              forgetAll(LostBy.UNSENT);
            })
        .awaitUninterruptibly();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
    UdpClient client = clients.get(packet.sender());
    Flow flow = link.datagrams(Direction.UP);
    if (client == null) {
      LostBy refused = refusal();
      client = refused == null ? remember(context, packet.sender()) : null;
      if (client == null) {
        flow.received(1);
        flow.lost(refused == null ? LostBy.CLIENTS : refused, 1);
        return;
      }
    }
    client.receive(Direction.UP, packet.content());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // An answer that a client no longer listens for comes back as an error of this socket: it says
    // nothing about the others.
  }

  private @Nullable LostBy refusal() {
    Conditions now = link.conditions();
    if (now.cut() || now.silentCut()) {
      return LostBy.CUT;
    }
    if (now.refuse()) {
      return LostBy.REFUSED;
    }
    return clients.size() >= link.limits().clientsMax() ? LostBy.CLIENTS : null;
  }

  /** Null if there is no socket for it. */
  private @Nullable UdpClient remember(ChannelHandlerContext context, InetSocketAddress address) {
    NioDatagramChannel channel;
    try {
      channel = new NioDatagramChannel();
    } catch (ChannelException e) {
      return null;
    }
    channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(DATAGRAM_MAX_BYTES));
    UdpClient client = new UdpClient(link, address, (DatagramChannel) context.channel(), channel);
    channel.pipeline().addLast(client);
    // On its own loop, each of these is done when it returns.
    loop.register(channel);
    if (!channel.connect(gateway).isSuccess()) {
      channel.close();
      return null;
    }
    clients.put(address, client);
    link.clients(1);
    return client;
  }

  private void forgetLater() {
    long interval = Math.max(1, link.limits().clientIdle().toNanos() / 4);
    link.clock().schedule(loop, link.clock().nanos() + interval, this::forgetIdle);
  }

  private void forgetIdle() {
    if (closed) {
      return;
    }
    long before = link.clock().nanos() - link.limits().clientIdle().toNanos();
    clients
        .values()
        .removeIf(
            client -> {
              boolean idle = client.usedAtNanos() <= before;
              if (idle) {
                forget(client, LostBy.UNSENT);
              }
              return idle;
            });
    forgetLater();
  }

  private void forgetAll(LostBy reason) {
    clients.values().forEach(client -> forget(client, reason));
    clients.clear();
  }

  private void forget(UdpClient client, LostBy reason) {
    client.close(reason);
    link.clients(-1);
  }
}
