package io.tidemark.agent.publish;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Speaks just enough MQTT 5 to say what a proper server would not. */
final class RawGateway implements AutoCloseable {
  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger publishes = new AtomicInteger();
  private final ServerSocket server;
  private final byte[] connack;
  private final IntFunction<byte[]> puback;

  /**
   * @param connack answers a CONNECT; if empty, the connection is closed at once, before it is read
   * @param puback answers a PUBLISH, given its packet identifier
   */
  RawGateway(byte[] connack, IntFunction<byte[]> puback) throws IOException {
    this.connack = connack;
    this.puback = puback;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  URI uri() {
    return URI.create("tcp://127.0.0.1:" + server.getLocalPort());
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "raw-gateway");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        if (connack.length == 0) {
          socket.close();
        } else {
          start(() -> serve(socket));
        }
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket socket) {
    try (socket;
        DataInputStream in = new DataInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream()) {
      while (true) {
        int type = in.readUnsignedByte() >> 4;
        byte[] body = new byte[remaining(in)];
        in.readFully(body);
        if (type == 1) {
          out.write(connack);
        } else if (type == 3) {
          publishes.incrementAndGet();
          int topic = (body[0] & 0xff) << 8 | body[1] & 0xff;
          out.write(puback.apply((body[2 + topic] & 0xff) << 8 | body[3 + topic] & 0xff));
        } else if (type == 12) {
          out.write(new byte[] {(byte) 0xd0, 0});
        }
        out.flush();
      }
    } catch (EOFException e) {
      // the client has gone
    } catch (IOException e) {
      // reset by the client
    }
  }

  private static int remaining(DataInputStream in) throws IOException {
    int value = 0;
    int shift = 0;
    int next;
    do {
      next = in.readUnsignedByte();
      value |= (next & 0x7f) << shift;
      shift += 7;
    } while ((next & 0x80) != 0);
    return value;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
