package io.tidemark.deploy.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Connections that publish, the same for every server, on the thread that calls. It sends bytes
 * that are ready made, and is to be so cheap that it never is what is measured; it tells how busy
 * it was.
 */
final class Generator implements AutoCloseable {
  private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

  /** Connecting goes on in groups, no larger than what servers let wait to be accepted. */
  private static final int CONNECT_GROUP = 50;

  private final Selector selector;
  private final List<Client> clients = new ArrayList<>();

  private Generator(Selector selector) {
    this.selector = selector;
  }

  /** Connects; every connection has been let in then. */
  static Generator connect(int port, int connections, int window) throws IOException {
    Generator made = new Generator(Selector.open());
    try {
      while (made.clients.size() < connections) {
        int group = Math.min(made.clients.size() + CONNECT_GROUP, connections);
        while (made.clients.size() < group) {
          String id = "bench-" + made.clients.size();
          made.clients.add(Client.connect(id, port, window, made.selector));
        }
        made.runUntil(Client::accepted);
      }
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /** Gives each connection something to publish. */
  void use(List<PublishStream> streams) {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).use(streams.get(i));
    }
  }

  /**
   * A stretch of publishing.
   *
   * @param acks acknowledgements that came
   * @param seconds from the first message to the last acknowledgement
   * @param busy share of them in which this thread used a processor
   */
  record Stretch(long acks, double seconds, double busy) {}

  /** Publishes so many messages on each connection, and waits for all acknowledgements. */
  Stretch publish(int messages) throws IOException {
    long before = acknowledged();
    long begun = System.nanoTime();
    long cpu = cpuNanos();
    for (Client client : clients) {
      client.publish(messages);
    }
    runUntil(Client::done);
    long nanos = System.nanoTime() - begun;
    double busy = (cpuNanos() - cpu) / (double) nanos;
    return new Stretch(acknowledged() - before, nanos / 1e9, busy);
  }

  private long acknowledged() {
    return clients.stream().mapToLong(Client::acknowledged).sum();
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void runUntil(Predicate<Client> finished) throws IOException {
    int behind = 0; // clients before this one have finished
    while (true) {
      while (behind < clients.size() && finished.test(clients.get(behind))) {
        behind++;
      }
      if (behind == clients.size()) {
        return;
      }
      if (selector.select(SILENCE_MAX.toMillis()) == 0) {
        throw new IOException("nothing has come for %d s".formatted(SILENCE_MAX.toSeconds()));
      }
      for (SelectionKey key : selector.selectedKeys()) {
        ((Client) key.attachment()).ready();
      }
      selector.selectedKeys().clear();
    }
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.close();
    }
    selector.close();
  }
}
