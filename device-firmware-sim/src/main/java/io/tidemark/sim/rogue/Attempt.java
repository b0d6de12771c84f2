package io.tidemark.sim.rogue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a rogue, or one socket over CoAP, from its opening to whatever ends it. Owned
 * by its rogue's loop.
 */
final class Attempt {
  /** Told to what handles its connection, by {@link #goOn}. */
  static final Object GO_ON = new Object();

  private static final int SHOWN_MAX_BYTES = 64;

  private final Tally tally;
  private final long patienceMillis;
  private final Runnable whenOver;
  private @Nullable Channel channel;
  private boolean over;

  /**
   * @param patienceMillis how long an answer is waited for once there is a connection; 0 is for
   *     ever
   * @param whenOver told once, when its socket is closed or was never opened
   */
  Attempt(Tally tally, long patienceMillis, Runnable whenOver) {
    this.tally = tally;
    this.patienceMillis = patienceMillis;
    this.whenOver = whenOver;
    tally.begun();
  }

  /** Follows its connection, which is being made on the rogue's loop. */
  void opening(ChannelFuture connecting) {
    if (connecting.isDone() && !connecting.isSuccess()) {
      // There is no socket: open files have run out, or nobody is called so.
      over = true;
      tally.unreachable();
      whenOver.run();
      return;
    }
    channel = connecting.channel();
    channel.closeFuture().addListener(closed -> whenOver.run());
    EventLoop loop = channel.eventLoop();
    connecting.addListener(
        made -> {
          if (!made.isSuccess()) {
            end(tally::unreachable);
          } else if (patienceMillis > 0) {
            loop.schedule(() -> end(tally::ignored), patienceMillis, TimeUnit.MILLISECONDS);
          }
        });
  }

  /** Lets one that goes on sending send more; nothing for others. */
  void goOn() {
    if (channel != null) {
      channel.pipeline().fireUserEventTriggered(GO_ON);
    }
  }

  void refused(String code) {
    end(() -> tally.refused(code));
  }

  void disconnected() {
    end(tally::disconnected);
  }

  void unreachable() {
    end(tally::unreachable);
  }

  /**
   * It was taken for right.
   *
   * @param sent what should have been refused
   */
  void accepted(byte[] sent, String answer) {
    int shown = Math.min(SHOWN_MAX_BYTES, sent.length);
    String more = shown < sent.length ? "... (%d bytes)".formatted(sent.length) : "";
    String hex = HexFormat.of().formatHex(sent, 0, shown);
    end(() -> tally.accepted("%s%s was answered %s".formatted(hex, more, answer)));
  }

  /** Ends it with the run, which is no outcome. */
  void abandon() {
    over = true;
    close();
  }

  private void end(Runnable outcome) {
    if (over) {
      return;
    }
    over = true;
    outcome.run();
    close();
  }

  private void close() {
    if (channel != null) {
      channel.close();
    }
  }
}
