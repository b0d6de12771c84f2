package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.wire.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real ingest, fed with what a gateway would forward: twenty devices with twenty minutes behind
 * them, one of them silent since three, one with declared drops, one with readings no store takes,
 * one with lost readings, one that is always a little behind, one whose first minute came late.
 */
final class PostedFleet implements DashboardFleet {
  static final String LATE = "press-07";
  static final String WITH_MISSING = "dryer-1";
  static final String WITH_DROPPED = "hall-south";
  static final String WITH_QUARANTINED = "greenhouse-east";
  static final String BEHIND = "roof";
  static final String WITH_LATE = "cold-store-b";
  static final String TWO_SENSORS = "boiler-1";

  private static final List<String> NAMES =
      List.of(
          TWO_SENSORS,
          "boiler-2",
          "cold-store-a",
          WITH_LATE,
          WITH_MISSING,
          "dryer-2",
          WITH_QUARANTINED,
          "greenhouse-west",
          "hall-north",
          WITH_DROPPED,
          "mill-1",
          "mill-2",
          "office-1",
          "office-2",
          LATE,
          "press-08",
          BEHIND,
          "silo-1",
          "silo-2",
          "yard-gate");
  private static final int HISTORY_SECONDS = 1200;
  private static final int STEP_SECONDS = 60;
  private static final int LATE_SECONDS = 180;

  /** So long before the others' past that which came late was taken. */
  private static final Duration LATE_BEFORE = Duration.ofMinutes(30);

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Http http = new Http();
  private final String url;
  private final ChildProcess ingest;
  private final ForwardPoster poster;
  private final PostedGateways gateways;
  private final Map<String, PostedDevice> devices = new LinkedHashMap<>();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private @Nullable ScheduledFuture<?> producing;

  /** The second sampled last: no two readings of one sensor have the same time. */
  private Instant sampled = Instant.EPOCH;

  private PostedFleet(Path folder, int port) {
    url = "http://127.0.0.1:" + port;
    poster = new ForwardPoster(url);
    gateways = new PostedGateways(url);
    ingest =
        new ChildProcess(
            "ingest",
            folder,
            Map.of(),
            Installation.find()
                .java(
                    "cloud-ingest/target/quarkus-app/quarkus-run.jar",
                    List.of(
                        "-Xmx512m",
                        "-Dquarkus.http.host=127.0.0.1",
                        "-Dquarkus.http.port=" + port,
                        "-Dtidemark.security=off",
                        // Their past is given to it at once, and is not late for that.
                        "-Dtidemark.intake.late-after=" + 2 * HISTORY_SECONDS + "s",
                        "-Dtidemark.alerts.every=500ms",
                        "-Dtidemark.alerts.settle-for=0s",
                        "-Dtidemark.alerts.no-data-after=2m",
                        // Rules may name addresses; nothing listens there.
                        "-Dtidemark.alerts.smtp.host=127.0.0.1",
                        "-Dtidemark.alerts.smtp.port=1",
                        "-Dtidemark.alerts.smtp.from=tidemark@example.org",
                        "-Dtidemark.data.dir=" + folder.resolve("data"))));
    for (int i = 0; i < NAMES.size(); i++) {
      String name = NAMES.get(i);
      List<String> sensors = i % 5 == 0 ? List.of("bme280", "outside") : List.of("bme280");
      devices.put(name, new PostedDevice(name, i, sensors, name.equals(BEHIND) ? 7 : 0));
    }
  }

  /** Starts ingest in an empty folder and gives every device its past. */
  static PostedFleet started(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    PostedFleet fleet = new PostedFleet(folder, Ports.one());
    boolean isStarted = false;
    try {
      fleet.recover();
      fleet.givePast();
      fleet.describe();
      fleet.lively();
      isStarted = true;
      return fleet;
    } finally {
      if (!isStarted) {
        fleet.close();
      }
    }
  }

  @Override
  public String url() {
    return url;
  }

  @Override
  public List<String> devices() {
    return NAMES;
  }

  @Override
  public Map<String, Sums> expected() {
    Map<String, Sums> sums = new LinkedHashMap<>();
    devices.forEach((name, device) -> sums.put(name, device.expected()));
    return sums;
  }

  @Override
  public void deliver(Instant receivedAt, List<Delivery> deliveries) throws InterruptedException {
    onClock(
        () -> {
          poster.post(receivedAt, deliveries);
          return true;
        });
  }

  @Override
  public void lively() {
    producing = clock.scheduleAtFixedRate(this::produce, 0, 1, TimeUnit.SECONDS);
  }

  @Override
  public PostedGateways gateways() {
    return gateways;
  }

  @Override
  public void quiet() throws InterruptedException {
    if (producing != null) {
      producing.cancel(false);
      producing = null;
    }
    // Whatever the clock's thread was doing is done when this has run.
    Sums wanted = total(onClock(this::expected).values());
    awaitLedger(wanted);
  }

  @Override
  public void crash() throws InterruptedException {
    ingest.kill();
  }

  @Override
  public void recover() throws InterruptedException {
    ingest.start();
    Awaitility.await("ingest to be ready; its log ends with " + ingest.log())
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              if (!ingest.isAlive()) {
                throw new AssertionError("ingest ended:\n" + ingest.logTail());
              }
              return http.isOk(url + "/q/health/ready");
            });
  }

  @Override
  public void close() throws InterruptedException {
    clock.shutdownNow();
    clock.awaitTermination(10, TimeUnit.SECONDS);
    ingest.kill();
  }

  private void produce() {
    Instant second = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    // After a stall several come at once: samples of seconds to come would lie beyond any chart.
    if (second.isAfter(sampled)) {
      sampled = second;
      List<Delivery> deliveries = new ArrayList<>();
      for (PostedDevice device : devices.values()) {
        if (!device.name().equals(LATE)) {
          deliveries.add(device.sample(sampled, 1));
        }
      }
      poster.post(Instant.now(), deliveries);
    }
    gateways.post();
  }

  private void givePast() {
    Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(HISTORY_SECONDS);
    for (int at = 0; at < HISTORY_SECONDS; at += STEP_SECONDS) {
      Instant from = start.plusSeconds(at);
      List<Delivery> deliveries = new ArrayList<>();
      for (PostedDevice device : devices.values()) {
        deliveries.addAll(past(device, from, at));
      }
      poster.post(from.plusSeconds(STEP_SECONDS), deliveries);
    }
    sampled = start.plusSeconds(HISTORY_SECONDS - 1);
    awaitLedger(total(expected().values()));
  }

  /** What people say of them: each has a site, some have labels, none has a name. */
  private void describe() throws IOException, InterruptedException {
    for (String name : NAMES) {
      http.put(
          url + "/api/v1/devices/" + name + "/registry",
          "\"0\"",
          "{\"site\":\"%s\",\"class\":\"logger\",\"labels\":[%s]}"
              .formatted(siteOf(name), labelsOf(name)));
    }
  }

  static String siteOf(String device) {
    return switch (device.split("-", 2)[0]) {
      case "cold", "silo" -> "Cold chain";
      case "greenhouse", "roof", "yard" -> "Gardens";
      case "hall", "office" -> "Offices";
      default -> "North plant";
    };
  }

  private static String labelsOf(String device) {
    return switch (device) {
      case TWO_SENSORS -> "\"critical\",\"heat\"";
      case "cold-store-a", WITH_LATE -> "\"critical\"";
      case "boiler-2", "dryer-1", "dryer-2" -> "\"heat\"";
      default -> "";
    };
  }

  private static List<Delivery> past(PostedDevice device, Instant from, int at) {
    switch (device.name()) {
      case LATE:
        return at >= HISTORY_SECONDS - LATE_SECONDS
            ? List.of()
            : List.of(device.sample(from, STEP_SECONDS));
      case WITH_LATE:
        return List.of(device.sample(at == 0 ? from.minus(LATE_BEFORE) : from, STEP_SECONDS));
      case WITH_DROPPED:
        return at >= 600 && at < 840
            ? List.of(device.drop(STEP_SECONDS))
            : List.of(device.sample(from, STEP_SECONDS));
      case WITH_QUARANTINED:
        return at == 900
            ? List.of(
                device.sampleUnstorable(from, 5),
                device.sample(from.plusSeconds(5), STEP_SECONDS - 5))
            : List.of(device.sample(from, STEP_SECONDS));
      case WITH_MISSING:
        if (at != 960 && at != 1020) {
          return List.of(device.sample(from, STEP_SECONDS));
        }
        int lost = at == 960 ? 8 : 4;
        Delivery before = device.sample(from, 20);
        device.lose(lost);
        return List.of(
            before, device.sample(from.plusSeconds(20L + lost), STEP_SECONDS - 20 - lost));
      default:
        return List.of(device.sample(from, STEP_SECONDS));
    }
  }

  /** Heartbeats until ingest has settled what is missing, and compares its sums with ours. */
  private void awaitLedger(Sums wanted) {
    Awaitility.await("the ledger to say " + wanted)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(
            () -> {
              onClock(
                  () -> {
                    poster.heartbeat();
                    return true;
                  });
              Sums is = ledger();
              if (!same(is, wanted)) {
                throw new AssertionError("the ledger says " + is);
              }
            });
  }

  /** The sums of the fleet's devices: of others beside them there are no books. */
  private Sums ledger() throws IOException, InterruptedException {
    List<Sums> own = new ArrayList<>();
    for (JsonNode device : http.get(url + "/api/v1/devices?limit=1000").path("items")) {
      if (devices.containsKey(device.path("device").asText())) {
        own.add(Sums.of(device.path("ledger")));
      }
    }
    return total(own);
  }

  /** The poster and the devices belong to the clock's thread. */
  private <T> T onClock(java.util.concurrent.Callable<T> task) throws InterruptedException {
    try {
      return clock.submit(task).get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new AssertionError("feeding ingest failed", e.getCause());
    }
  }

  static Sums total(Iterable<Sums> parts) {
    long[] sums = new long[7];
    for (Sums part : parts) {
      sums[0] += part.produced();
      sums[1] += part.waiting();
      sums[2] += part.stored();
      sums[3] += part.quarantined();
      sums[4] += part.dropped();
      sums[5] += part.missing();
      sums[6] += part.duplicates();
    }
    return new Sums(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], 0);
  }

  private static boolean same(Sums is, Sums wanted) {
    return is.produced() == wanted.produced()
        && is.waiting() == wanted.waiting()
        && is.stored() == wanted.stored()
        && is.quarantined() == wanted.quarantined()
        && is.dropped() == wanted.dropped()
        && is.missing() == wanted.missing()
        && is.duplicates() == 0;
  }
}
