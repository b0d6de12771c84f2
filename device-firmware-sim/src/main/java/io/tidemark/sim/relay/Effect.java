package io.tidemark.sim.relay;

import io.tidemark.sim.times.Words;
import java.time.Duration;

/**
 * What is wrong with the link while a fault lasts. Connections are TCP (MQTT), datagrams UDP
 * (CoAP). Loss, duplicates and reordering are for datagrams only: of a connection, TCP hides them.
 */
public sealed interface Effect {
  /** One word, as in {@code --fault}. */
  String name();

  /** As it is written in {@code --fault}: the name and the values. */
  default String text() {
    return name();
  }

  /** What it does, for people. */
  String description();

  /** The link is down, and both sides are told: connections are reset, datagrams lost. */
  record Cut() implements Effect {
    @Override
    public String name() {
      return "cut";
    }

    @Override
    public String description() {
      return "connections are reset, datagrams lost";
    }
  }

  /**
   * The link is down, and nobody is told. Connections stay, and nothing passes on them ever again;
   * a side ends its own when it gives up. Datagrams are lost, and clients' addresses forgotten.
   */
  record SilentCut() implements Effect {
    @Override
    public String name() {
      return "silent-cut";
    }

    @Override
    public String description() {
      return "connections stay but are dead for good, datagrams are lost";
    }
  }

  /**
   * What is sent is swallowed, in one direction or both, while connections stay: what a device
   * behind a translator that has lost its mapping sees. A connection that lost bytes can never go
   * on; it is reset when the fault ends.
   */
  record HalfOpen(boolean up, boolean down) implements Effect {
    /** Refuses neither direction. */
    public HalfOpen {
      if (!up && !down) {
        throw new IllegalArgumentException("half-open is up, down or both");
      }
    }

    @Override
    public String name() {
      return "half-open";
    }

    @Override
    public String text() {
      return up && down ? name() : name() + (up ? " up" : " down");
    }

    @Override
    public String description() {
      String way =
          up && down
              ? "in both directions"
              : up ? "on its way to the gateway" : "on its way to the devices";
      return "connections stay, what is sent is swallowed " + way;
    }
  }

  /** New connections are reset at once and new clients' datagrams lost; others are not touched. */
  record Refuse() implements Effect {
    @Override
    public String name() {
      return "refuse";
    }

    @Override
    public String description() {
      return "new connections are reset, new clients' datagrams lost";
    }
  }

  /** Nothing passes and nothing is lost; everything goes on when it ends. */
  record Freeze() implements Effect {
    @Override
    public String name() {
      return "freeze";
    }

    @Override
    public String description() {
      return "nothing passes until it ends, nothing is lost";
    }
  }

  /**
   * Everything takes longer.
   *
   * @param jitter at most so much is added, by the seed. Within a direction of a connection the
   *     order stays; datagrams overtake each other.
   */
  record Latency(Duration latency, Duration jitter) implements Effect {
    /** Most, of either: 1 minute. */
    public static final Duration MAX = Duration.ofMinutes(1);

    /** Refuses negative and longer ones. */
    public Latency {
      if (latency.isNegative()
          || jitter.isNegative()
          || latency.compareTo(MAX) > 0
          || jitter.compareTo(MAX) > 0) {
        throw new IllegalArgumentException("latency and jitter are at most 1m each");
      }
    }

    @Override
    public String name() {
      return "latency";
    }

    @Override
    public String text() {
      String text = name() + " " + Words.text(latency);
      return jitter.isZero() ? text : text + " jitter " + Words.text(jitter);
    }

    @Override
    public String description() {
      return "everything takes "
          + Words.text(latency)
          + " longer"
          + (jitter.isZero() ? "" : ", and up to " + Words.text(jitter) + " more");
    }
  }

  /** Each direction of each connection or client has so much. */
  record Bandwidth(long bitsPerSecond) implements Effect {
    /** Refuses less than 1 kbit/s: a packet of 4 KiB would take more than half a minute. */
    public Bandwidth {
      if (bitsPerSecond < 1_000) {
        throw new IllegalArgumentException("bandwidth is at least 1kbit");
      }
    }

    @Override
    public String name() {
      return "bandwidth";
    }

    @Override
    public String text() {
      return name() + " " + FaultSyntax.bits(bitsPerSecond);
    }

    @Override
    public String description() {
      return "each connection has " + FaultSyntax.bits(bitsPerSecond) + "/s in each direction";
    }
  }

  /**
   * Datagrams are lost by chance.
   *
   * @param share 0 to 1
   */
  record Loss(double share) implements Effect {
    /** Refuses what is no share. */
    public Loss {
      checkShare(share);
    }

    @Override
    public String name() {
      return "loss";
    }

    @Override
    public String text() {
      return name() + " " + Words.percent(share);
    }

    @Override
    public String description() {
      return Words.percent(share) + " of the datagrams are lost";
    }
  }

  /**
   * Datagrams come twice by chance.
   *
   * @param share 0 to 1
   */
  record Duplicate(double share) implements Effect {
    /** Refuses what is no share. */
    public Duplicate {
      checkShare(share);
    }

    @Override
    public String name() {
      return "duplicate";
    }

    @Override
    public String text() {
      return name() + " " + Words.percent(share);
    }

    @Override
    public String description() {
      return Words.percent(share) + " of the datagrams come twice";
    }
  }

  /**
   * Datagrams are held back by chance, for 100 ms, so that later ones overtake them.
   *
   * @param share 0 to 1
   */
  record Reorder(double share) implements Effect {
    /** How long a datagram is held back. */
    public static final Duration HELD_BACK = Duration.ofMillis(100);

    /** Refuses what is no share. */
    public Reorder {
      checkShare(share);
    }

    @Override
    public String name() {
      return "reorder";
    }

    @Override
    public String text() {
      return name() + " " + Words.percent(share);
    }

    @Override
    public String description() {
      return Words.percent(share) + " of the datagrams are held back for " + Words.text(HELD_BACK);
    }
  }

  private static void checkShare(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share is 0% to 100%");
    }
  }
}
