package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ports a pipeline takes. */
class PortsTest {
  @TempDir private Path data;

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void theUsualOnesAreAsDocumentedOrFree(int gateways) throws Exception {
    Ports ports = Ports.usual(gateways, false, data);

    assertThat(ports.gateways()).hasSize(gateways);
    for (int i = 0; i < gateways; i++) {
      Ports.OfGateway its = ports.gateways().get(i);
      assertUsual(its.mqtt(), 1_883 + 1_000 * i);
      assertUsual(its.coap(), 5_683 + 1_000 * i);
      assertUsual(its.http(), 8_081 + i);
      assertUsual(its.raft(), 9_001 + i);
    }
    assertUsual(ports.ingest(), 8_080);
    assertThat(all(ports)).doesNotHaveDuplicates();
  }

  @Test
  void encryptedOnesAreOthers() throws Exception {
    Ports ports = Ports.usual(3, true, data);
    assertUsual(ports.ingest(), 8_443);
    assertUsual(ports.gateways().get(2).mqtt(), 10_883);
    assertUsual(ports.gateways().get(2).coap(), 7_684);
    assertUsual(ports.gateways().get(2).http(), 8_446);
  }

  /** Somebody else on this machine may have it; then it is one nobody else is given by chance. */
  private static void assertUsual(int port, int documented) {
    assertThat(port)
        .satisfiesAnyOf(
            is -> assertThat(is).isEqualTo(documented),
            is -> assertThat(is).isBetween(10_000, 31_999));
  }

  @Test
  void aFreeOneIsTakenForOneThatIsTaken() throws Exception {
    // Of which nobody has a claim, as on all that it chooses itself.
    try (ServerSocket http = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        DatagramSocket coap = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      assertThat(Ports.usable(http.getLocalPort(), Ports::isFree)).isBetween(10_000, 31_999);
      assertThat(Ports.usable(coap.getLocalPort(), Ports::isFreeForUdp)).isBetween(10_000, 31_999);
      assertThat(Ports.usable(http.getLocalPort(), port -> true)).isEqualTo(http.getLocalPort());
    }
  }

  /** It is taken in any case: by us, or by who has it already. */
  private static void bind(ServerSocket socket, int port) {
    try {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("in use");
    }
  }

  @Test
  void gatewaysThatHaveDataKeepTheirReplicationPorts() throws Exception {
    List<Integer> before = Ports.free(3).gateways().stream().map(Ports.OfGateway::raft).toList();
    Files.write(
        data.resolve("replication-ports"), before.stream().map(port -> port.toString()).toList());
    assertThat(Ports.usual(3, false, data).gateways())
        .extracting(Ports.OfGateway::raft)
        .isEqualTo(before);
    assertThat(Ports.usual(3, false, data).gateways())
        .extracting(Ports.OfGateway::raft)
        .isEqualTo(before);

    Path fresh = data.resolve("fresh");
    Ports first = Ports.usual(3, false, fresh);
    try (ServerSocket taken = new ServerSocket()) {
      bind(taken, first.gateways().get(1).raft());
      assertThat(Ports.usual(3, false, fresh).gateways())
          .as("though one is taken now: the gateway will say so")
          .extracting(Ports.OfGateway::raft)
          .isEqualTo(first.gateways().stream().map(Ports.OfGateway::raft).toList());
    }

    Files.writeString(fresh.resolve("replication-ports"), "nine\n");
    assertThatThrownBy(() -> Ports.usual(3, false, fresh))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("must have a port number a line")
        .hasMessageContaining("nine");
  }

  @Test
  void freeOnesAreAllDifferent() {
    assertThat(all(Ports.free(5))).hasSize(21).doesNotHaveDuplicates();
    assertThat(Ports.free().gateways()).hasSize(1);
  }

  @Test
  void whatAnotherProcessChoseIsItsOwnUntilItEnds() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Chooses.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said = other.inputReader()) {
      int port = Integer.parseInt(said.readLine());
      assertThat(PortClaims.claim(port)).isFalse();
      Files.writeString(data.resolve("replication-ports"), port + "\n");
      assertThatThrownBy(() -> Ports.usual(1, false, data))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("replication-ports has port " + port)
          .hasMessageContaining("use another folder");

      other.destroyForcibly().waitFor();

      assertThat(PortClaims.claim(port)).isTrue();
      assertThat(PortClaims.claim(port)).as("ours now").isFalse();
    } finally {
      other.destroyForcibly();
    }
  }

  /** Says a port it chose, and lives on. */
  public static final class Chooses {
    private Chooses() {}

    /** Ends when whoever started it closes its input. */
    public static void main(String[] args) throws IOException {
      System.out.println(Ports.one());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }

  @Test
  void whereADemosGatewaysAnswer() {
    assertThat(Ports.usualHttp(2)).containsExactly(8_081, 8_082);
  }

  private static List<Integer> all(Ports ports) {
    List<Integer> all = new ArrayList<>(List.of(ports.ingest()));
    for (Ports.OfGateway its : ports.gateways()) {
      all.addAll(List.of(its.http(), its.mqtt(), its.coap(), its.raft()));
    }
    return all;
  }
}
