package io.tidemark.ingest.intake;

import io.tidemark.ingest.ledger.LastWill;

/**
 * The last words of a device in a chunk.
 *
 * @param device whose they are
 * @param receivedAtNanos when its gateway put them into its log
 * @param topic where it wanted them said
 * @param payload the words
 * @param outlived whether the chunk has something of the device that came after them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Will(String device, long receivedAtNanos, String topic, byte[] payload, boolean outlived) {

  Will asOutlived() {
    return new Will(device, receivedAtNanos, topic, payload, true);
  }

  /** As it is kept, at this time. Within a chunk all may have one time, so order decides. */
  LastWill last(long nowNanos) {
    long said = Math.min(receivedAtNanos, nowNanos);
    return new LastWill(device, receivedAtNanos, outlived ? said - 1 : said, topic, payload);
  }
}
