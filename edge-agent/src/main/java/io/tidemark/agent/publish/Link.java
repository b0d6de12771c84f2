package io.tidemark.agent.publish;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a gateway, from its first answer to its end; never revived. All that differs
 * between the protocols is behind it.
 */
interface Link extends AutoCloseable {
  /** What is said to whoever reads the log of a device that is shut out. */
  String SHUT_OUT = "this device is shut out: what it has waits here until it is let back in";

  /** Told from the library's threads; must not block. */
  interface Listener {
    /** The gateway answered packet {@code key}. */
    void answered(Link link, long key, Answer answer);

    /** A part of what was sent has arrived: whatever the whole takes, it moves. */
    void advanced(Link link);

    /** The connection is over. May be told more than once. */
    void lost(Link link, Loss loss);
  }

  /**
   * A connection's end.
   *
   * @param why in words, for people
   * @param blamedCode the code that says so (0x95, 0x99) if something sent is to blame, otherwise
   *     empty
   * @param reference where the gateway says to go instead (MQTT 5's Server Reference), otherwise
   *     empty
   */
  record Loss(String why, String blamedCode, String reference) {
    /** An end that blames nothing and names no other gateway. */
    Loss(String why) {
      this(why, "", "");
    }
  }

  /** Makes links. */
  interface Connector {
    /**
     * Connects, waiting for the gateway's first answer.
     *
     * @throws LinkException if there is no connection; nothing is left behind
     */
    Link connect(URI gateway, Listener listener) throws LinkException, InterruptedException;
  }

  /** How many packets may be unanswered at a time, at least 1. */
  int windowPackets();

  /** How long the gateway may leave everything unanswered before it is left. */
  Duration stallLimit();

  /**
   * What the gateway would answer to this payload by what it announced; null if only sending it can
   * tell.
   */
  @Nullable Answer refusedUnsent(String address, byte[] payload);

  /**
   * Sends, once and reliably. What becomes of it is told to the listener.
   *
   * @param address {@code devices/{device}/telemetry}
   * @return false if it could not be sent: the connection is ending, and the listener will be told
   *     why
   */
  boolean publish(long key, String address, byte[] payload);

  /**
   * Ends the connection, politely if that is possible at once. Nothing is told afterwards that
   * matters.
   */
  @Override
  void close();
}
