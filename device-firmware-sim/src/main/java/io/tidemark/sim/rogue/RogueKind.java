package io.tidemark.sim.rogue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How a rogue misbehaves. */
public enum RogueKind {
  /** Sends what is no MQTT and no CoAP, or no payload. */
  MALFORMED(Duration.ofSeconds(5), 8, new Malformed()),
  /** Sends, or announces, more than anybody takes. */
  OVERSIZED(Duration.ofSeconds(10), 4, new Oversized()),
  /** Sends to where it must not. */
  WRONG_TOPIC(Duration.ofSeconds(5), 8, new WrongTopic()),
  /** Sends much that is answered, and reads nothing. */
  SLOW_READER(Duration.ofSeconds(1), 1, new SlowReader()),
  /** Opens connections and leaves them. */
  FLOOD(Duration.ofMillis(50), 200, new Flood());

  private final Duration every;
  private final int openMax;
  private final Mischief mischief;

  RogueKind(Duration every, int openMax, Mischief mischief) {
    this.every = every;
    this.openMax = openMax;
    this.mischief = mischief;
  }

  /** How it is written: {@code wrong-topic}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How often one acts if nobody says. */
  public Duration every() {
    return every;
  }

  /** How many sockets one has open at most; while it has, it does nothing. */
  int openMax() {
    return openMax;
  }

  Mischief mischief() {
    return mischief;
  }

  /** The one that is written so. */
  public static Optional<RogueKind> of(String id) {
    return Arrays.stream(values()).filter(kind -> kind.id().equals(id)).findFirst();
  }

  /** How they are written. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(RogueKind::id).toList();
  }
}
