package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Gateways on networks of their own, cut off and back. In a network namespace that has nothing else
 * in it, by a process of its own: so it needs no root, and the machine's own network is left alone.
 */
@Timeout(120)
class NamespacesTest {
  @Test
  void whoIsCutOffIsNotReachedAndIsAgainAfterwards() throws Exception {
    List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--net"));
    if (!"root".equals(System.getProperty("user.name"))) {
      command.add("--map-root-user");
    }
    // Where iproute2 keeps the names of namespaces.
    command.addAll(List.of("sh", "-c", "mount -t tmpfs tmpfs /run && exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Inside.class.getName()));
    Process inside = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(inside.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(inside.waitFor()).as(said).isZero();
  }

  /** Ends with an error if anything is not as it should be. */
  static final class Inside {
    private Inside() {}

    public static void main(String[] arguments) throws Exception {
      String before = run(List.of("ip", "-o", "netns", "list"));
      try (Namespaces made = Namespaces.make(List.of("g1", "g2", "g3"));
          ServerSocket ingest = new ServerSocket()) {
        ingest.bind(new InetSocketAddress(made.ingestHost(), 0));
        Process listener = new ProcessBuilder(made.inside("g2", listen())).start();
        try {
          int port = Integer.parseInt(listener.inputReader().readLine());
          awaitReached(made, made.peerHost("g2"), port);
          awaitReached(made, made.ingestHost(), ingest.getLocalPort());

          made.isolate("g2");
          assertThat(reaches(made, made.peerHost("g2"), port)).isFalse();
          awaitReached(made, made.gatewayHost("g2"), port);

          made.unplug("g2");
          assertThat(reaches(made, made.gatewayHost("g2"), port)).isFalse();

          made.rejoin("g2");
          awaitReached(made, made.peerHost("g2"), port);
          awaitReached(made, made.gatewayHost("g2"), port);
        } finally {
          listener.destroyForcibly().waitFor();
        }
      }
      assertThat(run(List.of("ip", "-o", "netns", "list"))).as("nothing is left").isEqualTo(before);
    }
  }

  /** Says which port it has, and takes all connections. */
  private static List<String> listen() {
    return List.of(
        "python3",
        "-c",
        """
        import socket
        s = socket.socket(); s.bind(('', 0)); s.listen(50)
        print(s.getsockname()[1], flush=True)
        while True: s.accept()
        """);
  }

  private static void awaitReached(Namespaces made, String host, int port) {
    Awaitility.await(host + " is reached")
        .atMost(Duration.ofSeconds(30))
        .until(() -> reaches(made, host, port));
  }

  /**
   * True if g1 gets a connection to there within a second: what is cut off gives no answer at all.
   */
  private static boolean reaches(Namespaces made, String host, int port) throws Exception {
    String script = "exec 3<>/dev/tcp/%s/%d".formatted(host, port);
    Process process =
        new ProcessBuilder(made.inside("g1", List.of("timeout", "1", "bash", "-c", script)))
            .redirectErrorStream(true)
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 0;
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.strip();
  }
}
