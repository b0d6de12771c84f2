package io.tidemark.deploy.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;

/**
 * Devices that publish, the same for every server, on the thread that calls. It sends bytes that
 * are ready made, and is to be so cheap that it never is what is measured; it tells how busy it
 * was.
 */
final class Generator implements AutoCloseable {
  private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

  /** Connecting goes on in groups, no larger than what servers let wait to be accepted. */
  private static final int CONNECT_GROUP = 50;

  /** How often devices look whether something is to be sent again. */
  private static final long REPEAT_LOOK_MS = 100;

  private final Selector selector;
  private final List<Client> clients = new ArrayList<>();

  private Generator(Selector selector) {
    this.selector = selector;
  }

  /** A device for the generator, not let in yet. */
  private interface Opening {
    Client open(int number, Selector selector) throws IOException;
  }

  /** MQTT connections; every one has been let in then. */
  static Generator mqtt(int port, int connections, int window) throws IOException {
    return mqtt(List.of(port), connections, window);
  }

  /** The same, in turn to each of the ports. */
  static Generator mqtt(List<Integer> ports, int connections, int window) throws IOException {
    return open(
        connections,
        (number, selector) ->
            MqttClient.connect(
                id(number), ports.get(number % ports.size()), window, selector, null));
  }

  /** The same with TLS, in turn as each of these devices. */
  static Generator mqtts(int port, int connections, int window, List<SSLContext> devices)
      throws IOException {
    return open(
        connections,
        (number, selector) ->
            MqttClient.connect(
                id(number), port, window, selector, devices.get(number % devices.size())));
  }

  /** CoAP endpoints, each with one request outstanding. */
  static Generator coap(int port, int endpoints) throws IOException {
    return open(endpoints, (number, selector) -> CoapClient.open(id(number), port, selector));
  }

  /** Of the device with that number, from 0. */
  static String id(int number) {
    return "bench-" + number;
  }

  private static Generator open(int devices, Opening opening) throws IOException {
    Generator made = new Generator(Selector.open());
    try {
      while (made.clients.size() < devices) {
        int group = Math.min(made.clients.size() + CONNECT_GROUP, devices);
        while (made.clients.size() < group) {
          made.clients.add(opening.open(made.clients.size(), made.selector));
        }
        made.runUntil(Client::accepted);
      }
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /** Gives each device something to publish. */
  void use(List<PublishStream> streams) {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).use(streams.get(i));
    }
  }

  /**
   * A stretch of publishing.
   *
   * @param acks acknowledgements that came
   * @param repeated messages that were sent again
   * @param seconds from the first message to the last acknowledgement
   * @param busy share of them in which this thread used a processor
   */
  record Stretch(long acks, long repeated, double seconds, double busy) {}

  /** Publishes so many messages on each device, and waits for all acknowledgements. */
  Stretch publish(int messages) throws IOException {
    long before = acknowledged();
    long repeatedBefore = repeated();
    long begun = System.nanoTime();
    long cpu = cpuNanos();
    for (Client client : clients) {
      client.publish(messages);
    }
    runUntil(Client::done);
    long nanos = System.nanoTime() - begun;
    double busy = (cpuNanos() - cpu) / (double) nanos;
    return new Stretch(acknowledged() - before, repeated() - repeatedBefore, nanos / 1e9, busy);
  }

  private long acknowledged() {
    return clients.stream().mapToLong(Client::acknowledged).sum();
  }

  private long repeated() {
    return clients.stream().mapToLong(Client::repeated).sum();
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void runUntil(Predicate<Client> finished) throws IOException {
    long cameAt = System.nanoTime();
    long lookedAt = cameAt;
    int behind = 0; // clients before this one have finished
    while (true) {
      while (behind < clients.size() && finished.test(clients.get(behind))) {
        behind++;
      }
      if (behind == clients.size()) {
        return;
      }
      int ready = selector.select(REPEAT_LOOK_MS);
      long now = System.nanoTime();
      if (ready > 0) {
        cameAt = now;
      } else if (now - cameAt > SILENCE_MAX.toNanos()) {
        throw new IOException("nothing has come for %d s".formatted(SILENCE_MAX.toSeconds()));
      }
      if (now - lookedAt > TimeUnit.MILLISECONDS.toNanos(REPEAT_LOOK_MS)) {
        lookedAt = now;
        for (Client client : clients) {
          client.repeat(now);
        }
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
