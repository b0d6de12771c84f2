package io.tidemark.deploy.bench;

import io.tidemark.deploy.bench.TlsBenchResult.Disturbed;
import io.tidemark.deploy.bench.TlsBenchResult.Idle;
import io.tidemark.deploy.bench.TlsBenchResult.Round;
import io.tidemark.deploy.bench.TlsBenchResult.Stretch;
import io.tidemark.deploy.bench.TlsBenchResult.Throughput;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/** What TLS and DTLS cost a real gateway, and what bad clients cost good devices. */
public final class TlsBench {
  private static final int DEVICES = 20;
  private static final int WINDOW = 20;

  private static final int WARM_UP_PART = 2;

  private final TlsBenchOptions options;
  private final Installation installation = Installation.find();

  /** Prepares; starts nothing. */
  public TlsBench(TlsBenchOptions options) {
    this.options = options;
  }

  /**
   * Measures, and says on standard error how far it is. Everything it started has ended then, and
   * its data is gone.
   *
   * @throws IOException if something does not work, such as that there is no openssl
   */
  public TlsBenchResult run() throws IOException, InterruptedException, GeneralSecurityException {
    IdleConnections.requireOpenFiles(options.idle());
    Path data = BenchFolder.make(installation);
    System.err.printf("enrolling %d devices and a gateway%n", DEVICES);
    TlsBenchResult result;
    try (SecuredGateway gateway = new SecuredGateway(installation, data, DEVICES)) {
      // Before anything else, while memory is what a fresh process has.
      Idle idle = idle(gateway);
      result =
          new TlsBenchResult(
              throughput(gateway),
              new HandshakeCosts(gateway, options.handshakes()).measure(),
              idle,
              disturbed(gateway, data.resolve("bad")));
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
      Round measured = tlsFirst ? new Round(first, second) : new Round(second, first);
      if (round > 0) {
        rounds.add(measured);
      }
      System.err.printf(
          "%s: %,.0f acks/s with TLS, %,.0f without%n",
          named(round), measured.tls(), measured.plain());
    }
    return Throughput.of(DEVICES * options.each(), rounds);
  }

  private static String named(int round) {
    return round > 0 ? "round " + round : "warming up";
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

  private Idle idle(SecuredGateway gateway)
      throws IOException, InterruptedException, GeneralSecurityException {
    ServerProcess process = new ServerProcess(gateway.pid());
    List<SSLContext> devices = gateway.contexts();
    int port = gateway.tlsPort();
    System.err.printf("opening %,d idle connections%n", options.idle());
    Generator.mqtts(port, IdleConnections.first(options.idle()), 1, devices).close();
    IdleConnections.awaitRest(process);
    long heapBefore = process.liveHeapBytes(); // which collects, too
    long residentBefore = process.residentBytes();
    try (Generator unused = Generator.mqtts(port, options.idle(), 1, devices)) {
      IdleConnections.awaitRest(process);
      long heap = process.liveHeapBytes() - heapBefore;
      long resident = process.residentBytes() - residentBefore;
      Idle measured = new Idle(options.idle(), heap / options.idle(), resident / options.idle());
      System.err.printf("idle connections: %.1f kB of RAM each%n", measured.resident() / 1e3);
      return measured;
    }
  }

  /** The first round is not counted: in it much is compiled, here and there. */
  private Disturbed disturbed(SecuredGateway gateway, Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    List<Stretch> alone = new ArrayList<>();
    List<Stretch> beside = new ArrayList<>();
    try (GoodDevices good = new GoodDevices(gateway);
        BadClientsProcess bad =
            new BadClientsProcess(
                gateway.tlsPort(),
                gateway.deviceFolder(),
                folder,
                TlsBenchResult.BAD * GoodDevices.PER_SECOND)) {
      for (int round = 0; round <= options.rounds(); round++) {
        Stretch without = stretch(gateway, good, bad, false);
        Stretch with = stretch(gateway, good, bad, true);
        if (round > 0) {
          alone.add(without);
          beside.add(with);
        }
        System.err.printf(
            "%s: good devices' p99 %.2f ms alone, %.2f ms beside %.0f bad clients a second%n",
            named(round),
            without.times().p99Ms(),
            with.times().p99Ms(),
            with.badCame() / with.seconds());
      }
    }
    return Disturbed.of(
        Runtime.getRuntime().availableProcessors(), GoodDevices.PER_SECOND, alone, beside);
  }

  private Stretch stretch(
      SecuredGateway gateway, GoodDevices good, BadClientsProcess bad, boolean disturbed)
      throws IOException, InterruptedException {
    ServerProcess server = new ServerProcess(gateway.pid());
    ServerProcess others = new ServerProcess(bad.pid());
    double serverCpu = server.cpuSeconds();
    double othersCpu = others.cpuSeconds();
    long begun = System.nanoTime();
    if (disturbed) {
      bad.come();
    }
    long[] nanos = good.send(options.badFor());
    double seconds = (System.nanoTime() - begun) / 1e9;
    serverCpu = server.cpuSeconds() - serverCpu;
    othersCpu = others.cpuSeconds() - othersCpu;
    BadClientsProcess.Visit visit = bad.rest();
    return new Stretch(nanos, seconds, serverCpu, othersCpu, visit.came(), visit.letIn());
  }
}
