package io.tidemark.sim.rogue;

import io.tidemark.sim.chance.Chance;
import java.util.List;

/** What is left to chance in one act of one rogue: decided by the seed. Not thread-safe. */
final class Dice {
  private static final long ROGUES = 0x526F677565L;

  private final long rogue;
  private final long act;
  private long thrown;

  /**
   * @param rogue its number among all of the run, from 0
   * @param act what it does how manieth, from 0
   */
  Dice(long seed, int rogue, long act) {
    this.rogue = Chance.mix(seed, ROGUES, rogue);
    this.act = act;
  }

  /** From 0, inclusive, to {@code bound}, exclusive. */
  int below(int bound) {
    return (int) Math.floorMod(Chance.mix(rogue, act, thrown++), (long) bound);
  }

  /** Both inclusive. */
  int between(int min, int max) {
    return min + below(max - min + 1);
  }

  <T> T pick(List<T> all) {
    return all.get(below(all.size()));
  }

  byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) below(256);
    }
    return bytes;
  }
}
