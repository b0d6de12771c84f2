package io.tidemark.deploy.device;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Over DTLS 1.2 (RFC 6347), by Java's own engine. */
public final class DtlsDatagrams implements Datagrams {
  /** Of a handshake's datagrams. */
  private static final int DATAGRAM_MAX_BYTES = 1_400;

  /** Until a handshake's messages are sent again (RFC 6347, 4.2.4.1). */
  private static final int REPEAT_MS = 1_000;

  private static final int NANOS_PER_MS = 1_000_000;

  private final Datagrams under;
  private final SSLEngine engine;
  private final Queue<byte[]> came = new ArrayDeque<>();

  private DtlsDatagrams(Datagrams under, SSLEngine engine) {
    this.under = under;
    this.engine = engine;
  }

  /**
   * Shakes hands. The host is compared with what the certificate of the other end names.
   *
   * @throws SocketTimeoutException if it takes longer than so many milliseconds
   * @throws SSLException if either does not believe the other
   */
  public static DtlsDatagrams open(InetSocketAddress to, SSLContext context, int millis)
      throws IOException {
    SSLEngine engine = context.createSSLEngine(to.getHostString(), to.getPort());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setMaximumPacketSize(DATAGRAM_MAX_BYTES);
    engine.setSSLParameters(parameters);
    DtlsDatagrams made = new DtlsDatagrams(new PlainDatagrams(to), engine);
    try {
      made.shakeHands(System.nanoTime() + (long) millis * NANOS_PER_MS);
    } catch (IOException | RuntimeException e) {
      made.close();
      throw e;
    }
    return made;
  }

  private void shakeHands(long end) throws IOException {
    engine.beginHandshake();
    for (HandshakeStatus status = proceed();
        status == HandshakeStatus.NEED_UNWRAP;
        status = proceed()) {
      byte[] records = under.receive(REPEAT_MS);
      if (System.nanoTime() - end > 0) {
        throw new SocketTimeoutException("no answer to the handshake");
      }
      if (records == null) {
        wrap(new byte[0]); // where an answer is due that means to say the same again
      } else {
        unwrap(records);
      }
    }
  }

  /** Says what there is to say, until it is the other end's turn. */
  private HandshakeStatus proceed() throws IOException {
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.NEED_UNWRAP && status != HandshakeStatus.NOT_HANDSHAKING) {
      switch (status) {
        case NEED_TASK -> engine.getDelegatedTask().run();
        case NEED_UNWRAP_AGAIN -> take(ByteBuffer.allocate(0));
        default -> wrap(new byte[0]);
      }
      status = engine.getHandshakeStatus();
    }
    return status;
  }

  private void wrap(byte[] plain) throws IOException {
    ByteBuffer records = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult unused = engine.wrap(ByteBuffer.wrap(plain), records);
    if (records.position() > 0) {
      byte[] bytes = new byte[records.position()];
      records.flip().get(bytes);
      under.send(bytes);
    }
  }

  /** All records of a datagram. */
  private void unwrap(byte[] datagram) throws IOException {
    ByteBuffer records = ByteBuffer.wrap(datagram);
    int before = records.remaining() + 1;
    while (records.hasRemaining() && records.remaining() < before) {
      before = records.remaining();
      take(records);
      HandshakeStatus unused = proceed();
    }
  }

  private void take(ByteBuffer records) throws IOException {
    ByteBuffer plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    if (engine.unwrap(records, plain).getStatus() == SSLEngineResult.Status.CLOSED) {
      throw new EOFException("the other end has closed the session");
    }
    if (plain.position() > 0) {
      byte[] bytes = new byte[plain.position()];
      plain.flip().get(bytes);
      came.add(bytes);
    }
  }

  @Override
  public void send(byte[] bytes) throws IOException {
    wrap(bytes);
  }

  @Override
  public byte @Nullable [] receive(int millis) throws IOException {
    long end = System.nanoTime() + (long) millis * NANOS_PER_MS;
    for (long left = millis;
        came.isEmpty() && left > 0;
        left = (end - System.nanoTime()) / NANOS_PER_MS) {
      byte[] datagram = under.receive((int) left);
      if (datagram != null) {
        unwrap(datagram);
      }
    }
    return came.poll();
  }

  @Override
  public void close() {
    try {
      engine.closeOutbound();
      wrap(new byte[0]); // says that it ends
    } catch (IOException e) {
      // It ends all the same; the other end will notice by itself.
    } finally {
      under.close();
    }
  }
}
