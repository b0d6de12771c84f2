package io.tidemark.sim;

import io.tidemark.sim.fleet.Fleet;
import io.tidemark.sim.fleet.FleetSettings;
import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.hardware.HardwareAgent;
import io.tidemark.sim.hardware.HardwareSums;
import io.tidemark.sim.identity.Identities;
import io.tidemark.sim.link.Connector;
import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.record.DeviceState;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.sim.record.StreamState;
import io.tidemark.sim.relay.FaultPattern;
import io.tidemark.sim.rogue.RogueSums;
import io.tidemark.sim.rogue.Rogues;
import io.tidemark.sim.source.Source;
import io.tidemark.sim.source.StoppablePace;
import io.tidemark.sim.view.CertificateSums;
import io.tidemark.sim.view.FaultLog;
import io.tidemark.sim.view.Monitor;
import io.tidemark.sim.view.RunReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Joins the rooms: a source produces into a fleet, which keeps a record and sends over links; at
 * the end the record may be verified. One session is one {@code sim run} or {@code sim replay}.
 *
 * <pre>
 * source thread    readings -> batch bytes -> record's buffer
 * record-writer    fsync -> the device's loop
 * links-*          record -> gateway -> acknowledgement -> record's buffer
 * </pre>
 */
final class Session {
  private static final int LOOPS_MAX = 4;

  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  /** Makes the source, once it is known where the record stands. */
  interface SourceMaker {
    Source make(Map<String, String> settings, List<StreamState> streams) throws IOException;
  }

  private final Signals signals;
  private final GatewayOptions options;
  private final FleetSettings fleetSettings;
  private final List<FaultPattern> linkFaults;
  private final RoguePlan roguePlan;
  private final HardwarePlan hardwarePlan;
  private final PrintStream progress = System.err;
  private final SecureRandom random = new SecureRandom();

  Session(
      Signals signals,
      GatewayOptions options,
      FleetSettings fleetSettings,
      List<FaultPattern> linkFaults,
      RoguePlan roguePlan,
      HardwarePlan hardwarePlan) {
    this.signals = signals;
    this.options = options;
    this.fleetSettings = fleetSettings;
    this.linkFaults = linkFaults;
    this.roguePlan = roguePlan;
    this.hardwarePlan = hardwarePlan;
  }

  /** The folder of the record: the one asked for, or a new one. */
  private static Path folder(GatewayOptions options) throws IOException {
    return options.record != null
        ? options.record
        : Files.createTempDirectory(RecordFolder.UNNAMED_PREFIX);
  }

  /**
   * Runs to the end.
   *
   * @param plan what the record must have been made with, or is made with
   * @param length how long the source needs; from then on it is waited for no longer than for the
   *     acknowledgements. Null if that is not known.
   * @return the exit code
   */
  int run(
      Map<String, String> plan, List<String> devices, @Nullable Duration length, SourceMaker maker)
      throws IOException, InterruptedException {
    if (options.report != null) {
      options.reportFile(options.report); // says what is wrong before anything is made
    }
    Path folder = folder(options);
    Path page = options.reportFile(folder);
    CompletableFuture<Void> broken = new CompletableFuture<>();
    try (AckTrace acks =
            AckTrace.open(
                options.ackTrace, fleetSettings.gateways(), broken::completeExceptionally);
        RecordFolder record =
            RecordFolder.open(
                folder, plan, devices, () -> epoch(random), broken::completeExceptionally)) {
      Ran ran = send(folder, record, acks, length, maker, broken);
      record.writer().close();
      FleetStats.Snapshot total = ran.fleet.stats().total();
      long earlier = record.streams().stream().mapToLong(StreamState::nextSequence).sum();
      RunReport report =
          new RunReport(
              total,
              earlier + total.produced(),
              ran.monitor.history(),
              ran.hardware,
              ran.certificates,
              ran.rogues,
              ran.seconds,
              record.settings().containsKey("seed") ? seed(record) : null,
              folder.toString());
      // The folder is held until its page is written.
      return new Conclusion(options, progress, folder, page)
          .reach(report, record.settings(), ran.drained);
    }
  }

  /** What has run; its links are closed, so nothing in it changes any more. */
  private record Ran(
      Fleet fleet,
      Monitor monitor,
      @Nullable HardwareSums hardware,
      @Nullable CertificateSums certificates,
      List<RogueSums> rogues,
      boolean drained,
      double seconds) {}

  private Ran send(
      Path folder,
      RecordFolder record,
      @Nullable AckTrace acks,
      @Nullable Duration length,
      SourceMaker maker,
      CompletableFuture<Void> broken)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    FaultLog faults = new FaultLog();
    int loops = Math.min(LOOPS_MAX, Math.max(1, Runtime.getRuntime().availableProcessors()));
    try (Identities identities = identities(folder, record);
        Connector connector =
            new GatewayConnector(
                loops,
                options.mqtt,
                fleetSettings.gateways().size(),
                options.keepAlive,
                fleetSettings.seed(),
                identities);
        Rogues rogues = roguePlan.make(fleetSettings.gateways(), record.streams(), seed(record));
        BadLink link =
            BadLink.open(
                fleetSettings.gateways(),
                linkFaults,
                seed(record),
                DeviceState.of(record.streams()).size(),
                faults,
                progress);
        HardwareAgent agent =
            hardwarePlan.start(
                folder,
                link.gateways(),
                options.isEncrypted() ? options.tokenFile : null,
                options.drain)) {
      Source source = maker.make(record.settings(), record.streams());
      FleetSettings settings = fleetSettings.withGateways(link.gateways());
      Fleet fleet =
          new Fleet(
              settings,
              record.streams(),
              Payloads.ofDevices(record.settings()),
              record.writer(),
              connector,
              () -> epoch(random));
      fleet.onSettled(source::settled);
      if (acks != null) {
        fleet.onAcknowledged(acks);
      }
      tell(folder, record);
      StoppablePace pace = new StoppablePace();
      LongSupplier behindNanos = source.planned() ? pace::behindNanos : () -> 0;
      Monitor monitor =
          Monitor.start(
              fleet.stats(),
              faults,
              fleet.size(),
              behindNanos,
              rogues::sums,
              progress,
              Terminal.isOne() && !TidemarkSim.logsJson());
      boolean drained;
      try (monitor;
          HealthFile health = HealthFile.keep(HealthFile.named(), behindNanos)) {
        drained = work(fleet, source, rogues, agent, pace, length, link, broken);
      } finally {
        fleet.close();
      }
      HardwareSums hardware = agent == null ? null : agent.end();
      drained &= hardware == null || hardware.outstanding() == 0;
      return new Ran(
          fleet,
          monitor,
          hardware,
          identities == null
              ? null
              : new CertificateSums(
                  identities.renewed(), identities.failures(), identities.lastFailure()),
          rogues.sums(),
          drained,
          (System.nanoTime() - began) / 1e9);
    }
  }

  /** Null if no gateway asks who is there. */
  private @Nullable Identities identities(Path folder, RecordFolder record)
      throws IOException, InterruptedException {
    return options.isEncrypted()
        ? Identities.of(
            DeviceState.of(record.streams()).stream().map(DeviceState::device).toList(),
            folder,
            options.token(),
            progress::println)
        : null;
  }

  private boolean work(
      Fleet fleet,
      Source source,
      Rogues rogues,
      @Nullable HardwareAgent agent,
      StoppablePace pace,
      @Nullable Duration length,
      BadLink link,
      CompletableFuture<Void> broken)
      throws IOException, InterruptedException {
    CompletableFuture<Void> produced = new CompletableFuture<>();
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    signals.onStop(
        () -> {
          pace.stop();
          stopped.complete(null);
        });
    FleetSink sink = new FleetSink(fleet, source.planned() ? pace : null);
    Thread sourceThread = new Thread(() -> produce(sink, source, pace, produced), "source");
    sourceThread.setDaemon(true);
    source.begin(sink);
    fleet.start();
    sourceThread.start();
    rogues.start();
    try {
      await(CompletableFuture.anyOf(produced, stopped, broken), length == null ? FOR_EVER : length);
      link.endFaults();
      fleet.endFaults();
      rogues.close();
      if (agent != null) {
        agent.stop();
      }
      long until = System.nanoTime() + options.drain.toNanos();
      // A source that waits for room gets it while what is outstanding is acknowledged.
      if (!await(CompletableFuture.anyOf(produced, broken), options.drain)) {
        return false;
      }
      CompletableFuture<Boolean> drained = new CompletableFuture<>();
      Thread drain = new Thread(() -> drain(fleet, until, drained), "drain");
      drain.setDaemon(true);
      drain.start();
      await(CompletableFuture.anyOf(drained, broken), options.drain.plusSeconds(5));
      return drained.getNow(false);
    } finally {
      pace.stop();
      sourceThread.interrupt();
      sourceThread.join();
    }
  }

  private static void produce(
      FleetSink sink, Source source, StoppablePace pace, CompletableFuture<Void> produced) {
    try {
      source.produce(sink, pace);
      pace.stop(); // and is not behind any more
      produced.complete(null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      produced.cancel(false);
    } catch (IOException | RuntimeException e) {
      produced.completeExceptionally(e);
    }
  }

  private static void drain(Fleet fleet, long untilNanos, CompletableFuture<Boolean> drained) {
    try {
      drained.complete(fleet.drain(Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime()))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      drained.complete(false);
    } catch (RuntimeException e) {
      drained.completeExceptionally(e);
    }
  }

  /** False if it took too long; what made it fail is thrown. */
  private static boolean await(CompletableFuture<?> future, Duration limit)
      throws IOException, InterruptedException {
    try {
      future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException("a thread of the simulator failed: " + cause, cause);
    }
  }

  private void tell(Path folder, RecordFolder record) {
    Function<String, Payload> payloads = Payloads.ofDevices(record.settings());
    long kept = 0;
    for (StreamState stream : record.streams()) {
      boolean declares = payloads.apply(stream.device()).declares();
      // What is refused for good is not sent again; a drop is, in its place.
      kept += stream.kept().stream().filter(b -> declares || b.refusedCode() == null).count();
    }
    progress.println(
        record.resumed()
            ? "going on with the record in %s (%,d batches to send again)".formatted(folder, kept)
            : "record in " + folder);
  }

  /** What decides what is left to chance; a replay leaves only faults to it. */
  private static long seed(RecordFolder record) {
    return Long.parseLong(record.settings().getOrDefault("seed", "0"));
  }

  /** Random, from 1 to 2^53 - 1. */
  private static long epoch(SecureRandom random) {
    long epoch = random.nextLong() >>> 11;
    return epoch == 0 ? 1 : epoch;
  }
}
