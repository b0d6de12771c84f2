package io.tidemark.sim.relay;

import java.util.Map;

/**
 * What a relay has done so far.
 *
 * @param accepted connections; {@code accepted = open + ended}
 * @param ended connections by what became of them, without those that are 0
 * @param clients UDP clients remembered now
 * @param bytes of connections, by direction
 * @param datagrams by direction
 */
public record RelaySums(
    long accepted,
    Map<ConnectionEnd, Long> ended,
    long clients,
    Map<Direction, Passage> bytes,
    Map<Direction, Passage> datagrams) {

  /**
   * One direction. While nothing moves, {@code received + duplicated = passed + waiting + lost}.
   *
   * @param lost by reason, without those that are 0
   */
  public record Passage(
      long received, long duplicated, long passed, long waiting, Map<LostBy, Long> lost) {
    /** Lost for whatever reason. */
    public long lostInAll() {
      return total(lost);
    }
  }

  /** Connections there are now. */
  public long open() {
    return accepted - total(ended);
  }

  private static long total(Map<?, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
