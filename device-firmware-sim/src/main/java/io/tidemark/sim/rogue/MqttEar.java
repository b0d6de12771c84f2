package io.tidemark.sim.rogue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.Locale;

/** Does what an {@link MqttAct} says on one connection, and hears what a gateway answers. */
final class MqttEar extends ByteToMessageDecoder {
  private static final int ANSWER_MAX_BYTES = 64 << 10;
  private static final int ERROR = 0x80;

  /** One for all: it is never written to. */
  private static final byte[] ZEROS = new byte[64 << 10];

  private final MqttAct act;
  private final Attempt attempt;
  private boolean deaf;

  MqttEar(MqttAct act, Attempt attempt) {
    this.act = act;
    this.attempt = attempt;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.writeAndFlush(Unpooled.wrappedBuffer(act.opening()));
    context.fireChannelActive();
  }

  /** A deaf one sends again, if there is room. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == Attempt.GO_ON && deaf && context.channel().isWritable()) {
      context.writeAndFlush(Unpooled.wrappedBuffer(act.rest()));
    }
  }

  /** Without the decoder's own, which would read on where nothing is to be read. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    int length = 0;
    for (int i = 1; ; i++) {
      if (in.readableBytes() <= i) {
        return;
      }
      int part = in.getByte(in.readerIndex() + i);
      length |= (part & 0x7F) << (7 * (i - 1));
      if (length > ANSWER_MAX_BYTES || i > 4) {
        attempt.disconnected(); // no gateway's answer
        return;
      }
      if (part >= 0) {
        if (in.readableBytes() > i + length) {
          int type = (in.readByte() & 0xFF) >> 4;
          in.skipBytes(i);
          heard(context, type, in.readSlice(length));
        }
        return;
      }
    }
  }

  /** A packet (MQTT 5, section 2.1.2), without what stands before it. */
  private void heard(ChannelHandlerContext context, int type, ByteBuf body) {
    switch (type) {
      case 2 -> connack(context, code(body, 1));
      case 4 -> answered("PUBACK", code(body, 2));
      case 9 -> answered("SUBACK", code(body, body.readableBytes() - 1));
      case 14 -> {
        int code = code(body, 0);
        if (code >= ERROR) {
          attempt.refused(hex(code));
        } else {
          attempt.disconnected();
        }
      }
      default -> {} // a PINGRESP says nothing of what was wrong
    }
  }

  private void connack(ChannelHandlerContext context, int code) {
    if (code != 0) {
      attempt.refused(hex(code));
    } else if (act.manner() == Manner.DEAF) {
      deaf = true;
      context.channel().config().setAutoRead(false);
      attempt.goOn();
    } else if (act.manner() == Manner.WAITS && act.rest().length == 0) {
      attempt.accepted(act.opening(), "CONNACK 0x00");
    } else if (act.manner() == Manner.WAITS) {
      context.write(Unpooled.wrappedBuffer(act.rest()));
      for (int left = act.zeros(); left > 0; left -= ZEROS.length) {
        context.write(Unpooled.wrappedBuffer(ZEROS, 0, Math.min(left, ZEROS.length)));
      }
      context.flush();
    }
  }

  private void answered(String packet, int code) {
    if (code >= ERROR) {
      attempt.refused(hex(code));
    } else if (act.manner() == Manner.WAITS) {
      attempt.accepted(act.rest(), packet + " " + hex(code));
    }
  }

  /** A code that is left out is 0. */
  private static int code(ByteBuf body, int at) {
    return at >= 0 && at < body.readableBytes() ? body.getUnsignedByte(body.readerIndex() + at) : 0;
  }

  private static String hex(int code) {
    return String.format(Locale.ROOT, "0x%02x", code);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context); // what had come is still heard
    attempt.disconnected();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    attempt.disconnected(); // a reset, most often
  }
}
