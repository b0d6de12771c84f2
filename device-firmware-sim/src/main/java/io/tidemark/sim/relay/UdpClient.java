package io.tidemark.sim.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/**
 * One client of a gateway, and the socket that stands for it there. Hears that socket.
 *
 * <p>Owned by the carrier's loop.
 */
final class UdpClient extends SimpleChannelInboundHandler<DatagramPacket> {
  private final Link link;
  private final DatagramChannel towardsGateway;
  private final UdpLane up;
  private final UdpLane down;
  private long usedAtNanos;

  UdpClient(
      Link link,
      InetSocketAddress address,
      DatagramChannel towardsClients,
      DatagramChannel towardsGateway) {
    this.link = link;
    this.towardsGateway = towardsGateway;
    this.up =
        new UdpLane(link, Direction.UP, towardsClients.eventLoop(), towardsGateway::writeAndFlush);
    this.down =
        new UdpLane(
            link,
            Direction.DOWN,
            towardsClients.eventLoop(),
            bytes -> towardsClients.writeAndFlush(new DatagramPacket(bytes, address)));
  }

  /** When something came last, from either side. */
  long usedAtNanos() {
    return usedAtNanos;
  }

  /** A datagram has come; the caller goes on to own it. */
  void receive(Direction direction, ByteBuf datagram) {
    usedAtNanos = link.clock().nanos();
    (direction == Direction.UP ? up : down).receive(datagram);
  }

  /** The link has changed. */
  void changed(Conditions before, Conditions now) {
    if (now.cut() && !before.cut()) {
      discard(LostBy.CUT);
    }
    if (before.freeze() && !now.freeze()) {
      up.thaw();
      down.thaw();
    }
  }

  /** Loses what waits, and the socket. */
  void close(LostBy reason) {
    discard(reason);
    towardsGateway.close();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
    receive(Direction.DOWN, packet.content());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // Nobody listens at the gateway's port: to a device that is silence.
  }

  private void discard(LostBy reason) {
    up.discard(reason);
    down.discard(reason);
  }
}
