package io.tidemark.sim.rogue;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that reads packets of MQTT and gives the answer it was made for. */
final class RawGateway implements AutoCloseable {
  enum Answer {
    /** CONNACK 0x00, then PUBACK 0x99 to everything, and nothing to what is no CONNECT. */
    PUBACK_REFUSES,
    /**
     * CONNACK 0x00 to whatever comes first, in part or whole; PUBACK 0x00 to whatever comes then.
     */
    TAKES_ALL,
    /** CONNACK 0x00, then the end. */
    HANGS_UP,
    /** CONNACK 0x00 to a CONNECT, and nothing else. */
    NONE,
    /** CONNACK 0x00, then PINGRESP to everything. */
    ANSWERS_PINGS
  }

  private static final byte[] CONNACK = {0x20, 3, 0, 0, 0};
  private static final byte[] PUBACK_REFUSED = {0x40, 3, 0, 1, (byte) 0x99};
  private static final byte[] PUBACK = {0x40, 2, 0, 1};
  private static final byte[] PINGRESP = {(byte) 0xD0, 0};
  private static final int SEND_BUFFER_BYTES = 4 << 10;
  private static final int READABLE_MAX_BYTES = 1 << 20;

  private final ServerSocket server;
  private final Answer answer;
  private final Set<String> clientIds = ConcurrentHashMap.newKeySet();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger open = new AtomicInteger();
  private volatile long writingSince;

  RawGateway(Answer answer) throws IOException {
    this.answer = answer;
    this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    new Thread(this::accept, "raw-gateway").start();
  }

  URI url() {
    return URI.create("tcp://127.0.0.1:" + server.getLocalPort());
  }

  int open() {
    return open.get();
  }

  Set<String> clientIds() {
    return clientIds;
  }

  /** Whether an answer has not been taken for a while. */
  boolean isStuck() {
    long since = writingSince;
    return since != 0 && System.nanoTime() - since > 300_000_000L;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        socket.setSendBufferSize(SEND_BUFFER_BYTES);
        sockets.add(socket);
        open.incrementAndGet();
        new Thread(() -> serve(socket), "raw-connection").start();
      }
    } catch (IOException e) {
      if (!server.isClosed()) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        DataInputStream in = new DataInputStream(socket.getInputStream())) {
      if (answer == Answer.TAKES_ALL) {
        takeAll(socket, in);
        return;
      }
      if (in.readUnsignedByte() != 0x10) {
        in.transferTo(java.io.OutputStream.nullOutputStream());
        return;
      }
      byte[] connect = body(in);
      clientIds.add(new String(connect, 13, connect.length - 13, StandardCharsets.UTF_8));
      write(socket, CONNACK);
      if (answer == Answer.HANGS_UP) {
        return;
      }
      while (true) {
        in.readUnsignedByte();
        body(in);
        if (answer == Answer.PUBACK_REFUSES) {
          write(socket, PUBACK_REFUSED);
        } else if (answer == Answer.ANSWERS_PINGS) {
          write(socket, PINGRESP);
        }
      }
    } catch (EOFException | SocketException | StringIndexOutOfBoundsException e) {
      // the other side has gone, or sent no CONNECT
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } finally {
      open.decrementAndGet();
    }
  }

  private void takeAll(Socket socket, DataInputStream in) throws IOException {
    byte[] some = new byte[1 << 16];
    for (byte[] next = CONNACK; in.read(some) > 0; next = PUBACK) {
      write(socket, next);
    }
  }

  private static byte[] body(DataInputStream in) throws IOException {
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      int part = in.readUnsignedByte();
      length |= (part & 127) << shift;
      if (part < 128) {
        return in.readNBytes(Math.min(length, READABLE_MAX_BYTES));
      }
    }
  }

  private void write(Socket socket, byte[] bytes) throws IOException {
    writingSince = System.nanoTime();
    socket.getOutputStream().write(bytes);
    writingSince = 0;
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
