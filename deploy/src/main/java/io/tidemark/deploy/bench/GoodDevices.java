package io.tidemark.deploy.bench;

import io.tidemark.deploy.device.MqttExchange;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Devices that stay connected with TLS, and send at an even rate: each one message after the other
 * at its own times, whatever the others wait for. For one thread at a time.
 */
final class GoodDevices implements AutoCloseable {
  /** What they send together. */
  static final int PER_SECOND = 20;

  private static final int DEVICES = 10;
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(DEVICES) / PER_SECOND;

  private final List<Socket> sockets = new ArrayList<>();

  /** Connects them; all have been let in then. */
  GoodDevices(SecuredGateway gateway) throws IOException, GeneralSecurityException {
    try {
      for (int i = 0; i < DEVICES; i++) {
        Socket socket =
            gateway
                .context(i)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), gateway.tlsPort());
        sockets.add(socket);
        if (!MqttExchange.letIn(socket, Generator.id(i))) {
          throw new IOException(Generator.id(i) + " was not let in");
        }
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Sends for so long.
   *
   * @return how long it took until each message was acknowledged, in nanoseconds
   */
  long[] send(Duration time) throws IOException, InterruptedException {
    int messages = (int) (time.toSeconds() * PER_SECOND / DEVICES);
    long[] nanos = new long[DEVICES * messages];
    AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    long begun = System.nanoTime();
    for (int i = 0; i < DEVICES; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                try {
                  send(number, begun + INTERVAL_NANOS * number / DEVICES, messages, nanos);
                } catch (IOException e) {
                  failure.set(e);
                }
              },
              "good-device");
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    IOException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
    return nanos;
  }

  private void send(int number, long begun, int messages, long[] nanos) throws IOException {
    String device = Generator.id(number);
    byte[] batch = BatchCodec.encode(Batch.ofStatus(device, 1, 0, 0));
    for (int i = 0; i < messages; i++) {
      long at = begun + i * INTERVAL_NANOS;
      for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      long sent = System.nanoTime();
      if (!MqttExchange.taken(sockets.get(number), Routes.telemetry(device), batch)) {
        throw new IOException(device + " was refused");
      }
      nanos[number * messages + i] = System.nanoTime() - sent;
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
