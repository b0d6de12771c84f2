package io.tidemark.deploy.bench;

import io.tidemark.wire.Routes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Clients that are not to be let in, one after the other at an even rate, each kind in turn: with a
 * certificate of another authority, with none, without TLS, with one byte and then nothing, gone at
 * once, and a device that sends under another's name.
 */
final class BadClients implements AutoCloseable {
  private static final int THREADS = 8;
  private static final int KINDS = 6;
  private static final int SLOW_MAX = 500;
  private static final char[] STORE_PASSWORD = "changeit".toCharArray();

  private final SecuredGateway gateway;
  private final SSLContext strangers;
  private final SSLContext nobody;
  private final SSLContext device;
  private final Deque<Socket> slow = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private final LongAdder came = new LongAdder();
  private final LongAdder letIn = new LongAdder();
  private volatile boolean stopped;

  /** Prepares them; none comes yet. */
  BadClients(SecuredGateway gateway, Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    this.gateway = gateway;
    this.nobody = gateway.nobody();
    this.device = gateway.contexts().get(0);
    this.strangers = stranger(folder);
  }

  /** A certificate that nobody has signed but itself, which the JDK's own tool makes. */
  private SSLContext stranger(Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path store = Files.createDirectories(folder).resolve("stranger.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-alias",
                "stranger",
                "-dname",
                "CN=" + Generator.id(0),
                "-ext",
                "san=uri:urn:tidemark:device:" + Generator.id(0),
                "-storetype",
                "PKCS12",
                "-storepass",
                String.valueOf(STORE_PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes());
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool made no certificate: " + said);
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(store))) {
      keys.load(in, STORE_PASSWORD);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, STORE_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), gateway.believing(), null);
    return context;
  }

  /** Has them come at this rate until {@link #close}. */
  void start(int perSecond) {
    AtomicInteger next = new AtomicInteger();
    long begun = System.nanoTime();
    for (int i = 0; i < THREADS; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (!stopped) {
                  int number = next.getAndIncrement();
                  long at = begun + number * TimeUnit.SECONDS.toNanos(1) / perSecond;
                  for (long left = at - System.nanoTime();
                      left > 0 && !stopped;
                      left = at - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                  }
                  come(number % KINDS);
                }
              },
              "bad-client");
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private void come(int kind) {
    came.increment();
    try {
      if (comeIn(kind)) {
        letIn.increment();
      }
    } catch (IOException e) {
      // As it is to be: not let in.
    }
  }

  /** Whether it was let in, and what it sent was taken. */
  private boolean comeIn(int kind) throws IOException {
    return switch (kind) {
      case 0 -> asks(strangers);
      case 1 -> asks(nobody);
      case 2 -> {
        try (Socket socket = socket()) {
          yield MqttExchange.letIn(socket, "cleartext");
        }
      }
      case 3 -> {
        Socket socket = socket();
        socket.getOutputStream().write(0x16);
        keep(socket);
        yield false;
      }
      case 4 -> {
        socket().close();
        yield false;
      }
      default -> {
        try (SSLSocket socket = secured(device)) {
          yield MqttExchange.letIn(socket, "bad")
              && MqttExchange.taken(socket, Routes.telemetry("another"), new byte[] {8, 1});
        }
      }
    };
  }

  private boolean asks(SSLContext context) throws IOException {
    try (SSLSocket socket = secured(context)) {
      return MqttExchange.letIn(socket, "bad");
    }
  }

  private Socket socket() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), gateway.tlsPort());
  }

  private SSLSocket secured(SSLContext context) throws IOException {
    return (SSLSocket)
        context
            .getSocketFactory()
            .createSocket(InetAddress.getLoopbackAddress(), gateway.tlsPort());
  }

  private synchronized void keep(Socket socket) throws IOException {
    slow.add(socket);
    if (slow.size() > SLOW_MAX) {
      slow.remove().close();
    }
  }

  /** How many came so far. */
  long came() {
    return came.sum();
  }

  /** How many of them were let in and could send, which is to be none. */
  long letIn() {
    return letIn.sum();
  }

  /** No more come. */
  @Override
  public void close() throws IOException, InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    synchronized (this) {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }
}
