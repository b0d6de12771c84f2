package io.tidemark.deploy.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** What memory a server needs for a connection on which nothing happens. */
final class IdleConnections {
  /** Made and closed before: what a server makes for its first connections it makes once. */
  private static final int FIRST = 200;

  /** For how long a server's memory has to stay as it is; and how long that is waited for. */
  private static final Duration REST = Duration.ofMillis(500);

  private static final Duration REST_LIMIT = Duration.ofSeconds(5);

  /** What changes without being asked. */
  private static final long REST_BYTES = 256 << 10;

  /** Files a process has open beside its connections, and room. */
  private static final int OTHER_FILES = 500;

  private IdleConnections() {}

  /**
   * Looks whether so many connections can be opened: each is an open file, here and in the server,
   * which inherits the limit.
   *
   * @throws IOException if not
   */
  static void requireOpenFiles(int connections) throws IOException {
    long needed = connections == 0 ? 0 : connections + OTHER_FILES;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        && system.getMaxFileDescriptorCount() < needed) {
      throw new IOException(
          ("%d idle connections take %d open files, but a process may have %d here:"
                  + " allow more (ulimit -n %d), or open fewer with --idle")
              .formatted(connections, needed, system.getMaxFileDescriptorCount(), needed));
    }
  }

  /** Opens them, waits, and divides what the server's memory has grown by. */
  static long bytesEach(MeasuredServer server, int connections)
      throws IOException, InterruptedException {
    ServerProcess process = new ServerProcess(server.pid());
    open(server, first(connections)).close();
    long before = residentAtRest(process);
    try (Generator idle = open(server, connections)) {
      return (residentAtRest(process) - before) / connections;
    }
  }

  /** How many are opened and closed before. */
  static int first(int connections) {
    return Math.min(FIRST, connections);
  }

  /** After a collection, once it stays as it is. */
  private static long residentAtRest(ServerProcess process)
      throws IOException, InterruptedException {
    awaitRest(process);
    process.collectGarbage();
    return process.residentBytes();
  }

  /** Until a server's memory stays as it is, or some seconds. */
  static void awaitRest(ServerProcess process) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    long before;
    long now = process.residentBytes();
    do {
      before = now;
      Thread.sleep(REST.toMillis());
      now = process.residentBytes();
    } while (Math.abs(now - before) > REST_BYTES
        && System.nanoTime() - begun < REST_LIMIT.toNanos());
  }

  private static Generator open(MeasuredServer server, int connections) throws IOException {
    return Generator.mqtt(server.port(), connections, 1);
  }
}
