package io.tidemark.deploy.bench;

import io.tidemark.deploy.bench.TlsBenchResult.Disturbed;
import io.tidemark.deploy.bench.TlsBenchResult.Handshakes;
import io.tidemark.deploy.bench.TlsBenchResult.Idle;
import io.tidemark.deploy.bench.TlsBenchResult.Round;
import io.tidemark.deploy.bench.TlsBenchResult.Throughput;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Routes;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** What TLS and DTLS cost a real gateway, and what bad clients cost good devices. */
public final class TlsBench {
  private static final int DEVICES = 20;
  private static final int WINDOW = 20;
  private static final int GOOD = 10;
  private static final int GOOD_PER_SECOND = 20;

  /** How many times as many bad clients come as messages of good devices. */
  private static final int BAD = 10;

  private static final int WARM_UP_PART = 2;

  private final TlsBenchOptions options;
  private final Installation installation = Installation.find();

  /** Prepares; starts nothing. */
  public TlsBench(TlsBenchOptions options) {
    this.options = options;
  }

  /**
   * Measures. Everything it started has ended then, and its data is gone.
   *
   * @throws IOException if something does not work, such as that there is no openssl
   */
  public TlsBenchResult run() throws IOException, InterruptedException, GeneralSecurityException {
    IdleConnections.requireOpenFiles(options.idle());
    Path data = BenchFolder.make(installation);
    TlsBenchResult result;
    try (SecuredGateway gateway = new SecuredGateway(installation, data, DEVICES)) {
      Throughput throughput = throughput(gateway);
      List<Handshakes> handshakes = handshakes(gateway);
      Idle idle = idle(gateway);
      result =
          new TlsBenchResult(throughput, handshakes, idle, disturbed(gateway, data.resolve("bad")));
    }
    Folders.delete(data);
    return result;
  }

  /** One more round comes before and is not counted. */
  private Throughput throughput(SecuredGateway gateway)
      throws IOException, GeneralSecurityException {
    List<Round> rounds = new ArrayList<>();
    for (int round = 0; round <= options.rounds(); round++) {
      List<PublishStream> streams = streams(round);
      boolean tlsFirst = round % 2 == 0;
      double first = rate(gateway, tlsFirst, streams);
      double second = rate(gateway, !tlsFirst, streams);
      if (round > 0) {
        rounds.add(tlsFirst ? new Round(first, second) : new Round(second, first));
      }
    }
    return Throughput.of(rounds);
  }

  private List<PublishStream> streams(int round) {
    int messages = options.each() + options.each() / WARM_UP_PART;
    return IntStream.range(0, DEVICES)
        .mapToObj(i -> PublishStream.of(Protocol.MQTT, Generator.id(i), messages, round))
        .toList();
  }

  private double rate(SecuredGateway gateway, boolean tls, List<PublishStream> streams)
      throws IOException, GeneralSecurityException {
    try (Generator devices =
        tls
            ? Generator.mqtts(gateway.tlsPort(), DEVICES, WINDOW, gateway.contexts())
            : Generator.mqtt(gateway.plainPort(), DEVICES, WINDOW)) {
      devices.use(streams);
      Generator.Stretch unused = devices.publish(options.each() / WARM_UP_PART);
      Generator.Stretch stretch = devices.publish(options.each());
      return stretch.acks() / stretch.seconds();
    }
  }

  /** A step that is repeated. */
  private interface Step {
    void run() throws IOException, InterruptedException, GeneralSecurityException;
  }

  private List<Handshakes> handshakes(SecuredGateway gateway)
      throws IOException, InterruptedException, GeneralSecurityException {
    String port = "127.0.0.1:" + gateway.dtlsPort();
    String credential = gateway.credentialFile().toString();
    List<String> dtls = List.of("openssl", "s_client", "-dtls1_2", "-connect", port);
    List<String> certificate = new ArrayList<>(dtls);
    certificate.addAll(List.of("-cert", credential, "-cert_chain", credential, "-key", credential));
    List<String> psk = new ArrayList<>(dtls);
    psk.addAll(
        List.of(
            "-psk",
            gateway.key(),
            "-psk_identity",
            SecuredGateway.KEYED,
            "-cipher",
            "PSK-AES128-GCM-SHA256"));
    return List.of(
        cost(gateway, "TCP alone", () -> connect(gateway.plainPort(), null)),
        cost(
            gateway,
            "TLS 1.3, certificates",
            () -> connect(gateway.tlsPort(), gateway.contexts().get(0))),
        cost(gateway, "DTLS 1.2, certificates", () -> openssl(certificate)),
        cost(gateway, "DTLS 1.2, pre-shared key", () -> openssl(psk)));
  }

  private Handshakes cost(SecuredGateway gateway, String kind, Step step)
      throws IOException, InterruptedException, GeneralSecurityException {
    for (int i = 0; i < options.handshakes() / WARM_UP_PART; i++) {
      step.run();
    }
    ServerProcess process = new ServerProcess(gateway.pid());
    double before = process.cpuSeconds();
    for (int i = 0; i < options.handshakes(); i++) {
      step.run();
    }
    double cpu = process.cpuSeconds() - before;
    return new Handshakes(kind, options.handshakes(), 1_000 * cpu / options.handshakes());
  }

  private static void connect(int port, @Nullable SSLContext context) throws IOException {
    try (Socket socket =
        context == null
            ? new Socket(InetAddress.getLoopbackAddress(), port)
            : context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      if (!MqttExchange.letIn(socket, "hands")) {
        throw new IOException("a device with its certificate was not let in");
      }
    }
  }

  /** Shakes hands and goes, as there is nothing to say. */
  private static void openssl(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    String said = new String(process.getInputStream().readAllBytes());
    int unused = process.waitFor(); // not 0, as it does not know the authority, which it only says
    if (!said.contains("New, TLSv1.2, Cipher is ") || said.contains("Cipher is (NONE)")) {
      throw new IOException("openssl did not shake hands: " + said);
    }
  }

  private Idle idle(SecuredGateway gateway)
      throws IOException, InterruptedException, GeneralSecurityException {
    ServerProcess process = new ServerProcess(gateway.pid());
    List<SSLContext> devices = gateway.contexts();
    int port = gateway.tlsPort();
    Generator.mqtts(port, Math.min(options.idle(), 200), 1, devices).close();
    long residentBefore = IdleConnections.residentAtRest(process);
    long heapBefore = process.liveHeapBytes();
    try (Generator unused = Generator.mqtts(port, options.idle(), 1, devices)) {
      long resident = IdleConnections.residentAtRest(process) - residentBefore;
      long heap = process.liveHeapBytes() - heapBefore;
      return new Idle(options.idle(), heap / options.idle(), resident / options.idle());
    }
  }

  private Disturbed disturbed(SecuredGateway gateway, Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    AckTimes unused = goodDevices(gateway);
    AckTimes alone = goodDevices(gateway);
    try (BadClients bad = new BadClients(gateway, folder)) {
      long begun = System.nanoTime();
      bad.start(BAD * GOOD_PER_SECOND);
      AckTimes beside = goodDevices(gateway);
      double seconds = (System.nanoTime() - begun) / 1e9;
      return Disturbed.of(GOOD_PER_SECOND, bad.came() / seconds, bad.letIn(), alone, beside);
    }
  }

  /** Each sends at its times, whatever the others wait for. */
  private AckTimes goodDevices(SecuredGateway gateway)
      throws IOException, InterruptedException, GeneralSecurityException {
    int messages = (int) (options.badFor().toSeconds() * GOOD_PER_SECOND / GOOD);
    long[] nanos = new long[GOOD * messages];
    AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    List<SSLContext> devices = gateway.contexts();
    for (int i = 0; i < GOOD; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                try {
                  send(gateway, devices.get(number), number, messages, nanos);
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
    return AckTimes.of(nanos);
  }

  private static void send(
      SecuredGateway gateway, SSLContext context, int number, int messages, long[] nanos)
      throws IOException {
    String device = Generator.id(number);
    try (SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), gateway.tlsPort())) {
      if (!MqttExchange.letIn(socket, device)) {
        throw new IOException(device + " was not let in");
      }
      byte[] batch = BatchCodec.encode(Batch.ofStatus(device, 1, 0, 0));
      long interval = TimeUnit.SECONDS.toNanos(GOOD) / GOOD_PER_SECOND;
      long begun = System.nanoTime() + interval * number / GOOD;
      for (int i = 0; i < messages; i++) {
        long at = begun + i * interval;
        for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        long sent = System.nanoTime();
        if (!MqttExchange.taken(socket, Routes.telemetry(device), batch)) {
          throw new IOException(device + " was refused");
        }
        nanos[number * messages + i] = System.nanoTime() - sent;
      }
    }
  }
}
