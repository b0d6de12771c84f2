package io.tidemark.sim.payload;

import io.tidemark.wire.Limits;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;

/** The batch itself, as agents send it. */
final class BatchPayload implements Payload {
  @Override
  public String id() {
    return "batch";
  }

  @Override
  public PayloadType type() {
    return PayloadType.BATCH;
  }

  @Override
  public byte[] bytes(byte[] batch) {
    return batch;
  }

  @Override
  public boolean declares() {
    return true;
  }

  @Override
  public boolean numbers() {
    return true;
  }

  @Override
  public Reading arrives(Reading reading, long sequence) {
    return reading;
  }

  @Override
  public double rateMax() {
    return Double.POSITIVE_INFINITY;
  }

  @Override
  public int readingsMax() {
    return Limits.BATCH_MAX_READINGS;
  }

  @Override
  public void requireTime(long startNanos) {
    // a batch says any time there is
  }
}
