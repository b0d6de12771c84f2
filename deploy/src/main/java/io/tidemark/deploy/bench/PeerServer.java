package io.tidemark.deploy.bench;

import io.tidemark.deploy.device.CoapBytes;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server that is not ours. Nobody subscribes to it, so it has nothing to keep. */
final class PeerServer implements MeasuredServer {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Pattern CALIFORNIUM_JARS =
      Pattern.compile("/org\\.(eclipse\\.californium|slf4j)\\.[^/]*\\.jar$");

  private final Peer peer;
  private final ChildProcess process;
  private final int port;

  private PeerServer(Peer peer, Path folder, int port, List<String> command) {
    this.peer = peer;
    this.port = port;
    process = new ChildProcess(peer.label(), folder, Map.of(), command);
  }

  /** The server of that name, fetched if it is not there yet. */
  static PeerServer of(Peer peer, Installation installation, Path data)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(data.resolve(peer.label()));
    Ports.OfGateway ports = Ports.free().gateways().get(0);
    return switch (peer) {
      case MOSQUITTO -> {
        Path program = ForeignPrograms.fetch(installation, peer);
        yield new PeerServer(peer, folder, ports.mqtt(), mosquitto(program, folder, ports.mqtt()));
      }
      case HIVEMQ -> {
        Path libraries = ForeignPrograms.fetch(installation, peer);
        yield new PeerServer(
            peer, folder, ports.mqtt(), hivemq(installation, libraries, folder, ports.mqtt()));
      }
      case CALIFORNIUM ->
          new PeerServer(peer, folder, ports.coap(), californium(installation, ports.coap()));
    };
  }

  private static List<String> mosquitto(Path program, Path folder, int port) throws IOException {
    Path config = folder.resolve("mosquitto.conf");
    Files.writeString(
        config,
        """
        listener %d 127.0.0.1
        allow_anonymous true
        persistence false
        log_dest stderr
        log_type error
        """
            .formatted(port));
    return List.of(program.toString(), "-c", config.toString());
  }

  private static List<String> hivemq(
      Installation installation, Path libraries, Path folder, int port) {
    return List.of(
        java(),
        "-cp",
        libraries + "/*",
        installation.home().resolve("deploy/peers/hivemq/HiveMqPeer.java").toString(),
        folder.toString(),
        Integer.toString(port));
  }

  /** With the gateway's own copy of the library, and its heap and collector. */
  private static List<String> californium(Installation installation, int port) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(Pipeline.GATEWAY_JVM_OPTIONS);
    command.add("-cp");
    command.add(String.join(File.pathSeparator, californiumJars(installation)));
    command.add(
        installation.home().resolve("deploy/peers/californium/CaliforniumPeer.java").toString());
    command.add(Integer.toString(port));
    return command;
  }

  private static List<String> californiumJars(Installation installation) throws IOException {
    Path libraries = installation.home().resolve("gateway/target/quarkus-app/lib/main");
    try (Stream<Path> files = Files.list(libraries)) {
      return files
          .map(Path::toString)
          .filter(file -> CALIFORNIUM_JARS.matcher(file).find())
          .toList();
    }
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  @Override
  public String name() {
    return peer.label();
  }

  @Override
  public Protocol protocol() {
    return peer.protocol();
  }

  @Override
  public void start() throws IOException, InterruptedException {
    process.start();
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!listens()) {
      if (process.waitFor(POLL)) {
        throw new IOException(
            "%s ended with exit code %d while starting:%n%s"
                .formatted(name(), process.exitCode(), process.logTail()));
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "%s does not listen after %d s; its log: %s"
                .formatted(name(), START_TIMEOUT.toSeconds(), process.log()));
      }
    }
  }

  private boolean listens() {
    return switch (peer.protocol()) {
      case MQTT -> takesConnections();
      case COAP -> answersPing();
    };
  }

  /** An empty confirmable message is answered by a reset (RFC 7252, section 4.3). */
  private boolean answersPing() {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout((int) POLL.toMillis());
      byte[] ping = CoapBytes.empty(CoapBytes.CON, 0);
      socket.send(new DatagramPacket(ping, ping.length));
      DatagramPacket answer = new DatagramPacket(new byte[ping.length], ping.length);
      socket.receive(answer);
      return CoapBytes.type(answer.getData()[0]) == CoapBytes.RST;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean takesConnections() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public void settle() {
    // What it acknowledged, it is done with.
  }

  @Override
  public void close() throws InterruptedException {
    process.terminate();
    if (!process.waitFor(STOP_TIMEOUT)) {
      process.kill();
    }
  }
}
