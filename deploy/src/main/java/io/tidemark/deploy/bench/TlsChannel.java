package io.tidemark.deploy.bench;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/**
 * TLS over one of the generator's channels. It shakes hands while the channel blocks; from then on
 * nothing here does. All on the generator's thread.
 */
final class TlsChannel {
  private final SocketChannel channel;
  private final SSLEngine engine;
  private final ByteBuffer received;
  private final ByteBuffer decrypted;
  private final ByteBuffer encrypted;

  private TlsChannel(SocketChannel channel, SSLEngine engine) {
    this.channel = channel;
    this.engine = engine;
    int packetBytes = engine.getSession().getPacketBufferSize();
    received = ByteBuffer.allocateDirect(packetBytes);
    decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
    encrypted = ByteBuffer.allocateDirect(packetBytes).limit(0);
  }

  /**
   * Shakes hands.
   *
   * @param blocking connected
   */
  static TlsChannel shakeHands(SocketChannel blocking, SSLContext context) throws IOException {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    TlsChannel made = new TlsChannel(blocking, engine);
    engine.beginHandshake();
    ByteBuffer nothing = ByteBuffer.allocate(0);
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.FINISHED && status != HandshakeStatus.NOT_HANDSHAKING) {
      switch (status) {
        case NEED_WRAP -> {
          made.encrypted.clear();
          status = engine.wrap(nothing, made.encrypted).getHandshakeStatus();
          made.encrypted.flip();
          while (made.encrypted.hasRemaining()) {
            blocking.write(made.encrypted);
          }
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          SSLEngineResult result = made.unwrap();
          status = result.getHandshakeStatus();
          if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW
              && blocking.read(made.received) < 0) {
            throw new EOFException("the server has ended the handshake");
          }
        }
        default -> {
          made.runTasks();
          status = engine.getHandshakeStatus();
        }
      }
    }
    return made;
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  private SSLEngineResult unwrap() throws IOException {
    received.flip();
    decrypted.clear();
    SSLEngineResult result = engine.unwrap(received, decrypted);
    decrypted.flip();
    received.compact();
    return result;
  }

  /** As of a channel that does not block: 0 if nothing is there yet, -1 at the end. */
  int read(ByteBuffer to) throws IOException {
    while (!decrypted.hasRemaining()) {
      SSLEngineResult result = unwrap();
      switch (result.getStatus()) {
        case CLOSED -> {
          return -1;
        }
        case BUFFER_UNDERFLOW -> {
          int came = channel.read(received);
          if (came <= 0) {
            return came;
          }
        }
        default -> runTasks(); // of what comes after a handshake, such as tickets
      }
    }
    int bytes = Math.min(decrypted.remaining(), to.remaining());
    to.put(decrypted.slice().limit(bytes));
    decrypted.position(decrypted.position() + bytes);
    return bytes;
  }

  /** Takes what there is room for. */
  void write(ByteBuffer from) throws IOException {
    while (flush() && from.hasRemaining()) {
      encrypted.clear();
      SSLEngineResult unused = engine.wrap(from, encrypted);
      encrypted.flip();
    }
  }

  /** False if some of what was taken still has to be sent. */
  boolean flush() throws IOException {
    if (encrypted.hasRemaining()) {
      channel.write(encrypted);
    }
    return !encrypted.hasRemaining();
  }
}
