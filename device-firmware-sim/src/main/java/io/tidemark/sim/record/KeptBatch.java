package io.tidemark.sim.record;

import org.jspecify.annotations.Nullable;

/**
 * A batch that has been produced and not been acknowledged.
 *
 * @param first its first sequence number
 * @param count how many numbers it is about
 * @param drop true if it declares a drop
 * @param offset where its bytes begin in the record
 * @param length how many bytes it has
 * @param refusedCode the code it was refused with for good, if no drop has been made for it yet;
 *     null otherwise
 */
public record KeptBatch(
    long first, int count, boolean drop, long offset, int length, @Nullable String refusedCode) {

  KeptBatch refusedWith(String code) {
    return new KeptBatch(first, count, drop, offset, length, code);
  }
}
