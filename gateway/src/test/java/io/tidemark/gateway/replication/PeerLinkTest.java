package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A link to a gateway over connections that die without a word. */
class PeerLinkTest {
  private static final Duration LIMIT = Duration.ofMillis(200);

  @TempDir Path dir = Path.of("set by JUnit");

  @Test
  void aConnectionThatIsSilentIsLeftForAnother() throws Exception {
    AtomicLong clock = new AtomicLong();
    try (OpenLog open = Logs.open(dir);
        Wire wire = new Wire(open.cluster().port());
        PeerLink link = new PeerLink(new Address("127.0.0.1", wire.port()), null, clock::get)) {
      awaitAnswer(link);
      awaitAnswer(link);
      assertThat(wire.connections()).as("as long as it answers").isEqualTo(1);

      wire.killSilently();
      assertThatThrownBy(() -> greet(link)).hasMessageContaining("DEADLINE_EXCEEDED");
      assertThat(wire.connections()).as("it may be slow").isEqualTo(1);
      clock.addAndGet(Duration.ofSeconds(3).toNanos());
      awaitAnswer(link);
      assertThat(wire.connections()).isGreaterThan(1);
    }
  }

  private static void awaitAnswer(PeerLink link) {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(greet(link).getGateway()).isEqualTo("g1"));
  }

  private static Greeting greet(PeerLink link) {
    return link.greet(Greeting.getDefaultInstance(), LIMIT).join();
  }

  /** Passes on what comes, but of those that have died: they take it, and that is all. */
  private static final class Wire implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final int to;

    Wire(int to) throws IOException {
      this.to = to;
      new Thread(this::run, "wire").start();
    }

    int port() {
      return listening.getLocalPort();
    }

    int connections() {
      return connections.size();
    }

    void killSilently() {
      connections.forEach(connection -> connection.dead = true);
    }

    private void run() {
      try {
        while (true) {
          connections.add(new Connection(listening.accept(), new Socket("127.0.0.1", to)));
        }
      } catch (IOException e) {
        // Closed.
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
      for (Connection connection : connections) {
        connection.near.close();
        connection.far.close();
      }
    }
  }

  private static final class Connection {
    private final Socket near;
    private final Socket far;
    private volatile boolean dead;

    Connection(Socket near, Socket far) {
      this.near = near;
      this.far = far;
      new Thread(() -> pass(near, far), "wire-there").start();
      new Thread(() -> pass(far, near), "wire-back").start();
    }

    private void pass(Socket from, Socket to) {
      byte[] some = new byte[8_192];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int count = in.read(some); count >= 0; count = in.read(some)) {
          if (!dead) {
            out.write(some, 0, count);
          }
        }
      } catch (IOException e) {
        // Closed.
      }
    }
  }
}
