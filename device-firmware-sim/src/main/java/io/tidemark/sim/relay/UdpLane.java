package io.tidemark.sim.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.tidemark.sim.chance.Chance;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a client: each datagram is lost, or waits as long as the link takes, once or
 * twice. What is left to chance depends on the seed and on how many came before.
 *
 * <p>Owned by the carrier's loop.
 */
final class UdpLane {
  /** What a datagram that waits costs, beside its bytes. */
  private static final int OVERHEAD_BYTES = 128;

  private static final int LOSS = 1;
  private static final int DUPLICATE = 2;
  private static final int REORDER = 3;

  private final Link link;
  private final Direction direction;
  private final Flow flow;
  private final DelayLine line;
  private final Pacer pacer;
  private final long dice;
  private final Function<ByteBuf, ChannelFuture> sender;
  private long ordinal;
  private int heldBytes;

  /**
   * @param sender sends a datagram, and releases it
   */
  UdpLane(Link link, Direction direction, EventLoop loop, Function<ByteBuf, ChannelFuture> sender) {
    this.link = link;
    this.direction = direction;
    this.flow = link.datagrams(direction);
    this.line = new DelayLine(loop, link, () -> {});
    this.dice = link.dice();
    this.pacer = new Pacer(link, dice, false);
    this.sender = sender;
  }

  /** The link is no longer frozen. */
  void thaw() {
    line.settle();
  }

  /** Loses what waits. */
  void discard(LostBy reason) {
    line.discard(reason);
  }

  /** A datagram has come; it is copied. */
  void receive(ByteBuf datagram) {
    flow.received(1);
    ordinal++;
    Conditions now = link.conditions();
    LostBy reason = losing(now);
    if (reason != null) {
      flow.lost(reason, 1);
      return;
    }
    // It was read into 64 KiB, which must not wait with it.
    ByteBuf bytes = Unpooled.copiedBuffer(datagram);
    if (rolls(DUPLICATE, now.duplicate())) {
      flow.duplicated(1);
      add(bytes.retainedDuplicate(), 0);
    }
    add(bytes, rolls(REORDER, now.reorder()) ? Effect.Reorder.HELD_BACK.toNanos() : 0);
    line.settle();
  }

  private @Nullable LostBy losing(Conditions now) {
    if (now.cut() || now.silentCut()) {
      return LostBy.CUT;
    }
    if (now.halfOpen(direction)) {
      return LostBy.HALF_OPEN;
    }
    return rolls(LOSS, now.loss()) ? LostBy.LOSS : null;
  }

  private boolean rolls(int what, double share) {
    return share > 0 && Chance.uniform(dice, ordinal, what) < share;
  }

  private void add(ByteBuf bytes, long laterNanos) {
    int cost = bytes.readableBytes() + OVERHEAD_BYTES;
    if (heldBytes + cost > link.limits().waitingMaxBytes() && heldBytes > 0) {
      bytes.release();
      flow.lost(LostBy.FULL, 1);
      return;
    }
    heldBytes += cost;
    line.add(pacer.dueNanos(bytes.readableBytes()) + laterNanos, new Datagram(bytes, cost));
  }

  private final class Datagram implements Parcel {
    private final ByteBuf bytes;
    private final int cost;

    Datagram(ByteBuf bytes, int cost) {
      this.bytes = bytes;
      this.cost = cost;
    }

    @Override
    public void pass() {
      sender
          .apply(bytes)
          .addListener(
              sent -> {
                heldBytes -= cost;
                if (sent.isSuccess()) {
                  flow.passed(1);
                } else {
                  flow.lost(LostBy.UNSENT, 1);
                }
              });
    }

    @Override
    public void discard(LostBy reason) {
      bytes.release();
      heldBytes -= cost;
      flow.lost(reason, 1);
    }
  }
}
