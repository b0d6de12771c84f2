package io.tidemark.deploy.device;

import io.tidemark.wire.PayloadType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/** CoAP over datagrams: one request there, one response back (RFC 7252). */
public final class CoapExchange {
  /** Until a request is sent again (RFC 7252, section 4.8); then twice as long. */
  private static final int REPEAT_MS = 2_000;

  private static final int NANOS_PER_MS = 1_000_000;

  private CoapExchange() {}

  /**
   * Posts, again and again until there is an answer.
   *
   * @param millis how long that may take
   * @return the code of the response, as {@link CoapBytes#CHANGED}
   * @throws SocketTimeoutException if there is none by then
   * @throws IOException if it is answered by a reset, or nobody listens
   */
  public static int post(
      Datagrams datagrams, String path, PayloadType type, byte[] payload, int millis)
      throws IOException {
    int number = ThreadLocalRandom.current().nextInt();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CoapBytes.post(out, path, number, type, payload);
    byte[] request = out.toByteArray();
    long end = System.nanoTime() + (long) millis * NANOS_PER_MS;
    int patience = REPEAT_MS;
    datagrams.send(request);
    long repeat = System.nanoTime() + (long) patience * NANOS_PER_MS;
    boolean acknowledged = false;
    while (System.nanoTime() - end < 0) {
      long until = acknowledged ? end : Math.min(end, repeat);
      byte[] datagram = datagrams.receive((int) ((until - System.nanoTime()) / NANOS_PER_MS));
      if (datagram == null) {
        if (!acknowledged && System.nanoTime() - repeat >= 0) {
          patience *= 2;
          repeat = System.nanoTime() + (long) patience * NANOS_PER_MS;
          datagrams.send(request);
        }
      } else if (datagram.length >= CoapBytes.HEADER_BYTES) {
        int code = answer(datagrams, ByteBuffer.wrap(datagram), ByteBuffer.wrap(request));
        acknowledged |= code == CoapBytes.EMPTY;
        if (code > CoapBytes.EMPTY) {
          return code;
        }
      }
    }
    throw new SocketTimeoutException("no response within " + millis + " ms");
  }

  /** The response's code; {@link CoapBytes#EMPTY} for an acknowledgement alone, -1 for others. */
  private static int answer(Datagrams datagrams, ByteBuffer message, ByteBuffer request)
      throws IOException {
    int type = CoapBytes.type(message.get(0));
    int code = message.get(1) & 0xFF;
    boolean isOfRequest = message.getShort(2) == request.getShort(2);
    if (code == CoapBytes.EMPTY) {
      if (type == CoapBytes.RST && isOfRequest) {
        throw new IOException("it was answered with a reset");
      }
      return isOfRequest ? CoapBytes.EMPTY : -1;
    }
    if (type == CoapBytes.CON) {
      datagrams.send(CoapBytes.empty(CoapBytes.ACK, message.getShort(2) & 0xFFFF));
    }
    boolean hasToken =
        message.limit() >= CoapBytes.HEADER_BYTES + CoapBytes.TOKEN_BYTES
            && (message.get(0) & 0xF) == CoapBytes.TOKEN_BYTES
            && message.getInt(CoapBytes.HEADER_BYTES) == request.getInt(CoapBytes.HEADER_BYTES);
    return hasToken && (type != CoapBytes.ACK || isOfRequest) ? code : -1;
  }
}
