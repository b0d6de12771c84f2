package io.tidemark.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Discards packets larger than their client takes, as if they had been sent (MQTT 5, section
 * 3.1.2.11.4). Stands before the encoder, so that each buffer is one packet.
 */
final class SendLimit extends ChannelOutboundHandlerAdapter {
  private final long maxBytes;

  SendLimit(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object packet, ChannelPromise promise) {
    if (packet instanceof ByteBuf bytes && bytes.readableBytes() > maxBytes) {
      bytes.release();
      promise.trySuccess();
    } else {
      ctx.write(packet, promise);
    }
  }
}
