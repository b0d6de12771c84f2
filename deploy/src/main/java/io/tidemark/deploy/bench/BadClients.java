package io.tidemark.deploy.bench;

import io.tidemark.deploy.device.MqttExchange;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import io.tidemark.wire.Routes;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
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
import javax.net.ssl.TrustManager;

/**
 * Clients that are not to be let in, one after the other at an even rate, each kind in turn: with a
 * certificate of another authority, with none, without TLS, with one byte and then nothing, gone at
 * once, and a device that sends under another's name. A program, which {@link BadClientsProcess}
 * starts.
 */
final class BadClients {
  /** Said to the program: clients come from now on. */
  static final String COME = "come";

  /** Said to it: they come no more. It answers how many came, and how many of them could send. */
  static final String REST = "rest";

  /** As many wait for an answer at a time, and the next ones come all the same. */
  private static final int THREADS = 64;

  private static final int KINDS = 6;
  private static final int SLOW_MAX = 500;
  private static final char[] STORE_PASSWORD = "changeit".toCharArray();

  private final int port;
  private final int perSecond;
  private final SSLContext strangers;
  private final SSLContext nobody;
  private final SSLContext device;
  private final Deque<Socket> slow = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private final LongAdder came = new LongAdder();
  private final LongAdder letIn = new LongAdder();
  private volatile boolean stopped;

  private BadClients(int port, int perSecond, CredentialFolder enrolled, Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    this.port = port;
    this.perSecond = perSecond;
    ServerTrust servers =
        new ServerTrust(new Trust(enrolled.authorities()), server -> Instant.now());
    this.nobody = Tls.client(servers, null);
    this.device = Tls.client(servers, new OwnCredential(enrolled.credential().orElseThrow()));
    this.strangers = stranger(servers, folder);
  }

  /**
   * Does what it reads, a line each, until there are no more.
   *
   * @param arguments the port, a folder with an enrolled device's credential and whom it believes,
   *     a folder for what is made up, and how many come in a second
   */
  public static void main(String[] arguments)
      throws IOException, GeneralSecurityException, InterruptedException {
    BadClients clients =
        new BadClients(
            Integer.parseInt(arguments[0]),
            Integer.parseInt(arguments[3]),
            new CredentialFolder(Path.of(arguments[1])),
            Path.of(arguments[2]));
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String told = in.readLine(); told != null; told = in.readLine()) {
      if (told.equals(COME)) {
        clients.start();
      } else {
        clients.rest();
        System.out.println(clients.came.sumThenReset() + " " + clients.letIn.sumThenReset());
      }
    }
    clients.rest();
  }

  /** A certificate that nobody has signed but itself, which the JDK's own tool makes. */
  private static SSLContext stranger(ServerTrust servers, Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path store = Files.createDirectories(folder).resolve("stranger.p12");
    Tool keytool =
        Tool.run(
            List.of(
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
                store.toString()));
    if (keytool.exitCode() != 0) {
      throw new IOException("keytool made no certificate: " + keytool.said());
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(store))) {
      keys.load(in, STORE_PASSWORD);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, STORE_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), new TrustManager[] {servers}, null);
    return context;
  }

  private void start() {
    stopped = false;
    AtomicInteger next = new AtomicInteger();
    long begun = System.nanoTime();
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(() -> comeInTurn(next, begun), "bad-client");
      threads.add(thread);
      thread.start();
    }
  }

  private void comeInTurn(AtomicInteger next, long begun) {
    while (!stopped) {
      int number = next.getAndIncrement();
      long at = begun + number * TimeUnit.SECONDS.toNanos(1) / perSecond;
      for (long left = at - System.nanoTime();
          left > 0 && !stopped;
          left = at - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      if (!stopped) {
        come(number % KINDS);
      }
    }
  }

  /** No more come, and those that are there go. */
  private void rest() throws IOException, InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
    synchronized (this) {
      for (Socket socket : slow) {
        socket.close();
      }
      slow.clear();
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
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private SSLSocket secured(SSLContext context) throws IOException {
    return (SSLSocket)
        context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
  }

  private synchronized void keep(Socket socket) throws IOException {
    slow.add(socket);
    if (slow.size() > SLOW_MAX) {
      slow.remove().close();
    }
  }
}
