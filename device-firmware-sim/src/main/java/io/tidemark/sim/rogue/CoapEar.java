package io.tidemark.sim.rogue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.ConnectException;
import java.net.PortUnreachableException;
import java.util.Locale;

/** Does what a {@link CoapAct} says from one socket, and hears what a gateway answers. */
final class CoapEar extends SimpleChannelInboundHandler<DatagramPacket> {
  private static final int HEADER_BYTES = 4;
  private static final int RESET = 3;
  private static final int CONTINUE = 2 << 5 | 31;

  private final CoapAct act;
  private final Attempt attempt;
  private int sent;

  CoapEar(CoapAct act, Attempt attempt) {
    this.act = act;
    this.attempt = attempt;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (act.manner() == Manner.DEAF) {
      context.channel().config().setAutoRead(false);
      all(context);
    } else {
      next(context);
    }
    context.fireChannelActive();
  }

  /** A deaf one sends everything again. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == Attempt.GO_ON && act.manner() == Manner.DEAF) {
      all(context);
    }
  }

  private void all(ChannelHandlerContext context) {
    for (int i = 0; i < act.datagrams() && context.channel().isWritable(); i++) {
      next(context);
    }
  }

  private void next(ChannelHandlerContext context) {
    byte[] datagram = act.datagram().apply(sent++);
    context.writeAndFlush(Unpooled.wrappedBuffer(datagram));
  }

  /** A message of a gateway (RFC 7252, section 3). */
  @Override
  protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
    ByteBuf message = packet.content();
    if (message.readableBytes() < HEADER_BYTES) {
      return;
    }
    int type = message.getByte(0) >> 4 & 3;
    int code = message.getUnsignedByte(1);
    if (type == RESET) {
      attempt.refused("reset");
    } else if (code >> 5 >= 4) {
      attempt.refused(text(code));
    } else if (code >> 5 == 2 && act.manner() == Manner.WAITS) {
      if (code == CONTINUE && sent < act.datagrams()) {
        next(context);
      } else {
        attempt.accepted(act.datagram().apply(sent - 1), text(code));
      }
    } // an empty acknowledgement promises nothing
  }

  private static String text(int code) {
    return String.format(Locale.ROOT, "%d.%02d", code >> 5, code & 31);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof PortUnreachableException || cause instanceof ConnectException) {
      attempt.unreachable();
    } else {
      attempt.disconnected();
    }
  }
}
