package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The generator against a server of one connection that does as it is told. */
class GeneratorTest {
  private static final int WINDOW = 4;
  private static final int MESSAGES = 103;

  @Test
  void keepsTheWindowAndCountsEveryAcknowledgement() throws Exception {
    try (FakeServer server = new FakeServer(new int[] {0x40, 2, 0, 0})) {
      Generator generator = connected(server);
      Generator.Stretch warmUp = generator.publish(3);
      Generator.Stretch counted = generator.publish(100);
      generator.close();

      assertThat(warmUp.acks()).isEqualTo(3);
      assertThat(counted.acks()).isEqualTo(100);
      assertThat(counted.seconds()).isPositive();
      assertThat(counted.busy()).isBetween(0.0, 1.1);
      assertThat(server.end()).isEqualTo(MESSAGES);
      assertThat(server.unacknowledgedMost).isEqualTo(WINDOW);
    }
  }

  @Test
  void connectsToEachPortInTurn() throws Exception {
    int[] answer = {0x40, 2, 0, 0};
    try (FakeServer first = new FakeServer(answer);
        FakeServer second = new FakeServer(answer)) {
      Generator generator = Generator.mqtt(List.of(first.port(), second.port()), 2, WINDOW);
      generator.use(
          List.of(
              PublishStream.of(Protocol.MQTT, "bench-0", MESSAGES, 0),
              PublishStream.of(Protocol.MQTT, "bench-1", MESSAGES, 0)));
      generator.publish(3);
      generator.publish(100);
      generator.close();

      assertThat(first.end()).isEqualTo(MESSAGES);
      assertThat(second.end()).isEqualTo(MESSAGES);
    }
  }

  @Test
  void takesAcknowledgementsThatNobodySubscribed() throws Exception {
    // With a reason code and without properties, as brokers send it.
    try (FakeServer server = new FakeServer(new int[] {0x40, 3, 0, 0, 0x10})) {
      Generator generator = connected(server);
      assertThat(generator.publish(MESSAGES).acks()).isEqualTo(MESSAGES);
      generator.close();
    }
  }

  @Test
  void whatIsRefusedIsNoAcknowledgement() throws Exception {
    assertFails(new int[] {0x40, 3, 0, 0, 0x97}, "was refused with reason code 0x97");
  }

  @Test
  void aDisconnectIsTold() throws Exception {
    assertFails(new int[] {0xE0, 2, 0x93, 0}, "a DISCONNECT with reason code 0x93");
  }

  private static void assertFails(int[] answer, String message) throws Exception {
    try (FakeServer server = new FakeServer(answer);
        Generator generator = connected(server)) {
      assertThatThrownBy(() -> generator.publish(1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(message);
    }
  }

  private static Generator connected(FakeServer server) throws IOException {
    Generator generator = Generator.mqtt(server.port(), 1, WINDOW);
    generator.use(List.of(PublishStream.of(Protocol.MQTT, "bench-0", MESSAGES, 0)));
    return generator;
  }

  /**
   * Lets one connection in, then answers publishes, a window of them at a time and each byte by
   * itself.
   */
  private static final class FakeServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final CompletableFuture<Integer> published;
    private volatile int unacknowledgedMost;

    FakeServer(int[] answer) throws IOException {
      published =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket socket = listener.accept()) {
                  return serve(socket, answer);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
    }

    int port() {
      return listener.getLocalPort();
    }

    /** Messages it had when the connection ended. */
    int end() throws Exception {
      return published.get();
    }

    private int serve(Socket socket, int[] answer) throws IOException {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      packet(in);
      out.write(new byte[] {0x20, 3, 0, 0, 0});
      int messages = 0;
      int acknowledged = 0;
      while (packet(in)) {
        messages++;
        unacknowledgedMost = Math.max(unacknowledgedMost, messages - acknowledged);
        // Waits for more as long as more may come.
        boolean last = messages == 3 || messages == MESSAGES;
        if (last || messages - acknowledged == WINDOW || answer[0] != 0x40 || answer.length > 4) {
          while (acknowledged < messages) {
            acknowledged++;
            answer(out, answer, acknowledged);
          }
        }
      }
      return messages;
    }

    private static void answer(OutputStream out, int[] answer, int packetId) throws IOException {
      for (int i = 0; i < answer.length; i++) {
        boolean id = answer[0] == 0x40 && (i == 2 || i == 3);
        out.write(id ? packetId >>> 8 * (3 - i) : answer[i]);
      }
    }

    /** Takes a packet; false at the end of the connection. */
    private static boolean packet(DataInputStream in) throws IOException {
      if (in.read() < 0) {
        return false;
      }
      int length = 0;
      for (int shift = 0, part = 128; part >= 128; shift += 7) {
        part = in.readUnsignedByte();
        length |= (part & 127) << shift;
      }
      in.skipNBytes(length);
      return true;
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
