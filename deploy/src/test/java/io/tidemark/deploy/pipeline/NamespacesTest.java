package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
  private static final List<String> GATEWAYS = List.of("g1", "g2", "g3");

  @Test
  void whoIsCutOffIsNotReachedAndIsAgainAfterwards() throws Exception {
    runAlone(CutOff.class);
  }

  @Test
  void whatIsLostInOneDirectionIsNotInTheOther() throws Exception {
    runAlone(OneWay.class);
  }

  private static void runAlone(Class<?> program) throws Exception {
    List<String> command = new ArrayList<>(List.of("timeout", "60", "unshare", "--mount", "--net"));
    if (!"root".equals(System.getProperty("user.name"))) {
      command.add("--map-root-user");
    }
    // Where iproute2 keeps the names of namespaces.
    command.addAll(List.of("sh", "-c", "mount -t tmpfs tmpfs /run && exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    Process inside = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(inside.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(inside.waitFor()).as(said).isZero();
  }

  /** Ends with an error if anything is not as it should be. */
  static final class CutOff {
    private CutOff() {}

    public static void main(String[] arguments) throws Exception {
      String before = run(List.of("ip", "-o", "netns", "list"));
      try (Namespaces made = Namespaces.make(GATEWAYS);
          ServerSocket ingest = new ServerSocket()) {
        ingest.bind(new InetSocketAddress(made.ingestHost(), 0));
        Process listener = new ProcessBuilder(made.inside("g2", listen())).start();
        try {
          int port = Integer.parseInt(listener.inputReader().readLine());
          awaitReached(made, made.peerHost("g2"), port);
          awaitReached(made, made.ingestHost(), ingest.getLocalPort());

          List<String> addresses = bridgeAddresses();
          for (String gateway : GATEWAYS) {
            made.unplug(gateway);
          }
          assertThat(bridgeAddresses())
              .as("who is left finds ingest where it was, whoever was taken out")
              .isEqualTo(addresses)
              .hasSize(2);
          for (String gateway : GATEWAYS) {
            made.rejoin(gateway);
          }
          awaitReached(made, made.peerHost("g2"), port);

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

  /** Hardware addresses of all bridges that there are. */
  private static List<String> bridgeAddresses() throws IOException, InterruptedException {
    return run(List.of("ip", "-br", "link", "show", "type", "bridge"))
        .lines()
        .map(line -> line.split("\\s+", -1)[2])
        .toList();
  }

  /**
   * The same where it matters which way: with datagrams, which nobody sends again. Those that are
   * lost are sent before others that are not, so nobody has to wait for them.
   */
  static final class OneWay {
    private static final int PORT = 7_000;

    private final Map<String, Process> hearers = new LinkedHashMap<>();
    private final Map<String, Process> speakers = new LinkedHashMap<>();

    private OneWay() {}

    public static void main(String[] arguments) throws Exception {
      OneWay oneWay = new OneWay();
      try (Namespaces made = Namespaces.make(GATEWAYS)) {
        try {
          oneWay.check(made);
        } finally {
          oneWay.hearers.values().forEach(Process::destroyForcibly);
          oneWay.speakers.values().forEach(Process::destroyForcibly);
        }
      }
    }

    private void check(Namespaces made) throws Exception {
      hearers.put("ingest", hear(made, "ingest", List.of()));
      for (String gateway : GATEWAYS) {
        hearers.put(gateway, hear(made, gateway, made.inside(gateway, List.of())));
      }
      for (String from : GATEWAYS) {
        speak(made, from, "ingest", made.ingestHost());
        for (String to : GATEWAYS) {
          if (!to.equals(from)) {
            speak(made, from, to, made.peerHost(to));
          }
        }
      }
      assertLost(() -> {}, () -> made.rejoin("g1"));
      assertLost(() -> made.mute("g1"), () -> made.rejoin("g1"), "g1>g2", "g1>g3");
      assertLost(() -> made.deafen("g2"), () -> made.rejoin("g2"), "g1>g2", "g3>g2");
      assertLost(() -> made.part("g1", "g3"), () -> made.rejoin("g1"), "g1>g3", "g3>g1");
      assertLost(() -> made.loseIngest("g3"), () -> made.rejoin("g3"), "g3>ingest");
    }

    /** A cut, during which exactly these ways lose what is sent, and none afterwards. */
    private void assertLost(Change cut, Change undo, String... lost) throws Exception {
      speakers.keySet().forEach(way -> say(way, "before"));
      cut.make();
      speakers.keySet().forEach(way -> say(way, "during"));
      undo.make();
      speakers.keySet().forEach(way -> say(way, "after"));
      Set<String> heard = new TreeSet<>();
      for (Map.Entry<String, Process> hearer : hearers.entrySet()) {
        long ways =
            speakers.keySet().stream().filter(way -> way.endsWith(">" + hearer.getKey())).count();
        for (int last = 0; last < ways; ) {
          String line = hearer.getValue().inputReader().readLine();
          heard.add(line);
          last += line.endsWith("after") ? 1 : 0;
        }
      }
      Set<String> expected = new TreeSet<>();
      for (String way : speakers.keySet()) {
        expected.add(way + " before");
        expected.add(way + " during");
        expected.add(way + " after");
      }
      for (String way : lost) {
        expected.remove(way + " during");
      }
      assertThat(heard).isEqualTo(expected);
    }

    private static Process hear(Namespaces made, String who, List<String> inside)
        throws IOException {
      String host = who.equals("ingest") ? made.ingestHost() : made.peerHost(who);
      List<String> command = new ArrayList<>(inside);
      command.addAll(
          List.of(
              "python3",
              "-c",
              """
              import socket
              s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('%s', %d))
              print('ready', flush=True)
              while True: print(s.recv(100).decode(), flush=True)
              """
                  .formatted(host, PORT)));
      Process hearer = new ProcessBuilder(command).start();
      assertThat(hearer.inputReader().readLine()).isEqualTo("ready");
      return hearer;
    }

    /** One socket all the time, as a connection has. */
    private void speak(Namespaces made, String from, String to, String host) throws IOException {
      List<String> command =
          made.inside(
              from,
              List.of(
                  "python3",
                  "-c",
                  """
                  import socket, sys
                  s = socket.socket(type=socket.SOCK_DGRAM); s.connect(('%s', %d))
                  for line in sys.stdin:
                      s.send(line.strip().encode())
                      print('sent', flush=True)
                  """
                      .formatted(host, PORT)));
      speakers.put(from + ">" + to, new ProcessBuilder(command).start());
    }

    private void say(String way, String what) {
      Process speaker = speakers.get(way);
      try {
        speaker.outputWriter().write(way + " " + what + "\n");
        speaker.outputWriter().flush();
        assertThat(speaker.inputReader().readLine()).as("no error either").isEqualTo("sent");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private interface Change {
      void make() throws InterruptedException;
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
