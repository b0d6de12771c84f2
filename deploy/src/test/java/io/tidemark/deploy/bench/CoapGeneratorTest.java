package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.deploy.device.CoapBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The generator over CoAP against a server that does as it is told. */
class CoapGeneratorTest {
  private static final int ENDPOINTS = 3;
  private static final int MESSAGES = 20;

  /** What the server answers to a request; nothing is an answer too. */
  private interface Answering {
    /**
     * Answers.
     *
     * @param index which request of all it is, counted from 0
     */
    List<byte[]> answer(int index, short messageId, int token);
  }

  @Test
  void oneRequestOfEachEndpointIsOutstanding() throws Exception {
    try (FakeServer server =
            new FakeServer((i, id, token) -> List.of(message(2, 0x44, id, token)));
        Generator generator = connected(server)) {
      assertThat(generator.publish(5).acks()).isEqualTo(ENDPOINTS * 5);
      Generator.Stretch counted = generator.publish(MESSAGES - 5);

      assertThat(counted.acks()).isEqualTo(ENDPOINTS * (MESSAGES - 5));
      assertThat(counted.repeated()).isZero();
      assertThat(server.requests()).hasSize(ENDPOINTS * MESSAGES).doesNotHaveDuplicates();
    }
  }

  @Test
  void whatIsLostIsSentAgain() throws Exception {
    // The first request is lost, and the answer to it comes twice.
    try (FakeServer server =
            new FakeServer(
                (i, id, token) ->
                    i == 0
                        ? List.of()
                        : List.of(message(2, 0x44, id, token), message(2, 0x44, id, token)));
        Generator generator = connected(server)) {
      Generator.Stretch stretch = generator.publish(MESSAGES);

      assertThat(stretch.acks()).isEqualTo(ENDPOINTS * MESSAGES);
      assertThat(stretch.repeated()).isEqualTo(1);
      assertThat(server.requests()).hasSize(ENDPOINTS * MESSAGES + 1);
      assertThat(server.requests().stream().distinct()).hasSize(ENDPOINTS * MESSAGES);
    }
  }

  @Test
  void answersThatComeLateAreAcknowledged() throws Exception {
    // An empty acknowledgement first, and then a confirmable message of the server's own.
    try (FakeServer server =
            new FakeServer(
                (i, id, token) ->
                    List.of(
                        CoapBytes.empty(CoapBytes.ACK, id), message(0, 0x44, 1_000 + i, token)));
        Generator generator = connected(server)) {
      assertThat(generator.publish(MESSAGES).acks()).isEqualTo(ENDPOINTS * MESSAGES);
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> server.acknowledgements() == ENDPOINTS * MESSAGES);
    }
  }

  @Test
  void whatIsRefusedIsNoAcknowledgement() throws Exception {
    assertFails((id, token) -> message(2, 0xA3, id, token), "was refused with 5.03");
    assertFails((id, token) -> CoapBytes.empty(CoapBytes.RST, id), "was answered with a reset");
  }

  private interface OneAnswer {
    byte[] answer(short messageId, int token);
  }

  private static void assertFails(OneAnswer answer, String message) throws Exception {
    try (FakeServer server = new FakeServer((i, id, token) -> List.of(answer.answer(id, token)));
        Generator generator = connected(server)) {
      assertThatThrownBy(() -> generator.publish(1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(message);
    }
  }

  private static Generator connected(FakeServer server) throws IOException {
    Generator generator = Generator.coap(server.port(), ENDPOINTS);
    List<PublishStream> streams = new ArrayList<>();
    for (int i = 0; i < ENDPOINTS; i++) {
      streams.add(PublishStream.of(Protocol.COAP, "bench-" + i, MESSAGES, 0));
    }
    generator.use(streams);
    return generator;
  }

  private static byte[] message(int type, int code, int messageId, int token) {
    return ByteBuffer.allocate(8)
        .put((byte) (0x44 | type << 4))
        .put((byte) code)
        .putShort((short) messageId)
        .putInt(token)
        .array();
  }

  private static final class FakeServer implements AutoCloseable {
    private final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final List<String> requests = new ArrayList<>();
    private final CompletableFuture<Void> served;
    private int acknowledgements;

    FakeServer(Answering answering) throws SocketException {
      served =
          CompletableFuture.runAsync(
              () -> {
                try {
                  serve(answering);
                } catch (SocketException e) {
                  // Closed: the test is over.
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }

    int port() {
      return socket.getLocalPort();
    }

    private void serve(Answering answering) throws IOException {
      DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
      for (int index = 0; ; ) {
        packet.setLength(2_000);
        socket.receive(packet);
        ByteBuffer message = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
        int type = CoapBytes.type(message.get());
        if (type == CoapBytes.ACK) {
          acknowledged();
          continue;
        }
        message.get();
        short id = message.getShort();
        requested(packet.getPort() + ":" + id);
        for (byte[] answer : answering.answer(index++, id, message.getInt())) {
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    }

    private synchronized void acknowledged() {
      acknowledgements++;
    }

    private synchronized void requested(String request) {
      requests.add(request);
    }

    /** Each by the endpoint's port and its message id. */
    synchronized List<String> requests() {
      return List.copyOf(requests);
    }

    synchronized int acknowledgements() {
      return acknowledgements;
    }

    @Override
    public void close() throws Exception {
      socket.close();
      served.get();
    }
  }
}
