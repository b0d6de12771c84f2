package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A broker that is not ours. Nobody subscribes to it, so it has nothing to keep. */
final class Broker implements MqttServer {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);

  private final String name;
  private final ChildProcess process;
  private final int port;

  private Broker(String name, Path folder, int port, List<String> command) {
    this.name = name;
    this.port = port;
    process = new ChildProcess(name, folder, Map.of(), command);
  }

  /** The broker of that name, fetched if it is not there yet. */
  static Broker of(Peer peer, Installation installation, Path data)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(data.resolve(peer.label()));
    Path program = PeerPrograms.fetch(installation, peer);
    int port = Ports.free().mqtt();
    return new Broker(
        peer.label(),
        folder,
        port,
        switch (peer) {
          case MOSQUITTO -> mosquitto(program, folder, port);
          case HIVEMQ -> hivemq(installation, program, folder, port);
        });
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
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        libraries + "/*",
        installation.home().resolve("deploy/peers/hivemq/HiveMqPeer.java").toString(),
        folder.toString(),
        Integer.toString(port));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void start() throws IOException, InterruptedException {
    process.start();
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!listens()) {
      if (process.waitFor(POLL)) {
        throw new IOException(
            "%s ended with exit code %d while starting:%n%s"
                .formatted(name, process.exitCode(), process.logTail()));
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "%s does not listen after %d s; its log: %s"
                .formatted(name, START_TIMEOUT.toSeconds(), process.log()));
      }
    }
  }

  private boolean listens() {
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
