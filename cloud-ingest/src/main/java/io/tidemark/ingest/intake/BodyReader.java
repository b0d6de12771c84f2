package io.tidemark.ingest.intake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads a body, already inflated, without ever holding more than is allowed of it. */
final class BodyReader {
  private static final int STEP_BYTES = 64 << 10;

  private BodyReader() {}

  /**
   * Reads to the end.
   *
   * @param in the body, inflating as it is read
   * @param maxBytes how many it may have
   * @param lease grows with what is read
   * @throws BodyTooLargeException at the first byte too many
   * @throws BusyException if the lease cannot grow
   */
  static byte[] read(InputStream in, long maxBytes, ByteBudget.Lease lease)
      throws IOException, BodyTooLargeException, BusyException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] step = new byte[STEP_BYTES];
    int read;
    while ((read = in.read(step)) != -1) {
      if (body.size() + (long) read > maxBytes) {
        throw new BodyTooLargeException(maxBytes);
      }
      if (!lease.grow(read)) {
        throw new BusyException("the intake's queue is full; try again", 1, null);
      }
      body.write(step, 0, read);
    }
    return body.toByteArray();
  }
}
