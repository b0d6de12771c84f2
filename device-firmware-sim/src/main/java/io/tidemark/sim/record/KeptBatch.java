package io.tidemark.sim.record;

/**
 * A batch that has been produced and not been acknowledged.
 *
 * @param first its first sequence number
 * @param count how many numbers it is about
 * @param drop true if it declares a drop
 * @param offset where its bytes begin in the record
 * @param length how many bytes it has
 * @param refusedCode 0, or the reason code it was refused with for good and for which no drop has
 *     been made yet
 */
public record KeptBatch(
    long first, int count, boolean drop, long offset, int length, int refusedCode) {

  KeptBatch refusedWith(int code) {
    return new KeptBatch(first, count, drop, offset, length, code);
  }
}
