package io.tidemark.sim.verify;

import io.tidemark.sim.hardware.HardwareAgent;
import io.tidemark.sim.hardware.HardwareSums;
import io.tidemark.sim.record.HardwareFolder;
import io.tidemark.sim.verify.DeviceLedger.EpochLedger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Compares a record with what the platform has, device by device.
 *
 * <pre>
 * the record        its readings are made again from what decided them, and have to be the same
 * for each device   its ledger, when it has settled (or the time for that is up)
 *                   its rows, page by page: each is compared with the reading of its number
 *                   its quarantine
 *                   each number is then stored, quarantined, dropped, waiting or missing
 * for an agent      the same, but for its numbers only
 * if any is lost    the rows of other devices at that time: is it there?
 * </pre>
 *
 * <p>Holds one page of rows, 25 bytes a batch and two bits a reading of one device. Not
 * thread-safe; used once.
 */
public final class Verifier {
  /** Most problems that are named; more are counted. */
  public static final int PROBLEMS_MAX = 10_000;

  /** In how many other devices a lost reading is looked for. */
  static final int OTHER_DEVICES_MAX = 1_000;

  private static final long POLL_MILLIS = 250;
  private static final long TELL_NANOS = 2_000_000_000L;

  private final Path record;
  private final Api api;
  private final Duration settle;
  private final Origin origin;
  private final int indexMaxBatches;
  private final Consumer<String> progress;
  private final Findings findings = new Findings(PROBLEMS_MAX);
  private final List<Verdict.DeviceSums> devices = new ArrayList<>();
  private Map<Long, String> owners = new HashMap<>();
  private long settleUntilNanos;
  private long redelivered;
  private long foreignRows;
  private long deviceCount;
  private long checked;
  private long toldAtNanos;

  /**
   * Does no I/O.
   *
   * @param record the folder with the record
   * @param api e.g. {@code http://127.0.0.1:8080}
   * @param settle how long to wait, in all, for what was acknowledged to arrive
   * @param origin makes the record's readings again
   * @param progress told in words how far the check is
   */
  public Verifier(Path record, URI api, Duration settle, Origin origin, Consumer<String> progress) {
    this(record, api, settle, origin, RecordIndex.INDEX_MAX_BATCHES, progress);
  }

  Verifier(
      Path record,
      URI api,
      Duration settle,
      Origin origin,
      int indexMaxBatches,
      Consumer<String> progress) {
    this.record = record;
    this.api = new Api(api);
    this.settle = settle;
    this.origin = origin;
    this.indexMaxBatches = indexMaxBatches;
    this.progress = progress;
  }

  /**
   * Checks.
   *
   * @throws CannotCheckException if that was not possible
   * @throws IOException if the record cannot be read
   */
  public Verdict verify() throws IOException, InterruptedException {
    long began = System.nanoTime();
    toldAtNanos = began;
    settleUntilNanos = began + settle.toNanos();
    try (RecordIndex index = new RecordIndex(record, indexMaxBatches)) {
      api.probe();
      HardwareSums hardware = hardware();
      owners = index.owners();
      hardware.epochs().forEach(epoch -> owners.put(epoch.epoch(), epoch.device()));
      deviceCount = owners.values().stream().distinct().count();
      Regeneration regeneration = regeneration(index.settings());
      for (List<Integer> group : index.groups()) {
        for (Map.Entry<String, List<StreamIndex>> device :
            index.index(group, regeneration).entrySet()) {
          check(device.getKey(), device.getValue());
        }
      }
      Map<String, List<NumberCheck>> numbers = new TreeMap<>();
      for (HardwareSums.Epoch epoch : hardware.epochs()) {
        numbers
            .computeIfAbsent(epoch.device(), device -> new ArrayList<>())
            .add(new NumberCheck(epoch, findings));
      }
      for (Map.Entry<String, List<NumberCheck>> device : numbers.entrySet()) {
        checkNumbers(device.getKey(), device.getValue());
      }
      if (findings.anyLost()) {
        lookElsewhere();
      }
      Sums sums = devices.stream().map(Verdict.DeviceSums::sums).reduce(Sums.ZERO, Sums::plus);
      if (sums.produced() == 0) {
        throw new CannotCheckException("the record in " + record + " holds no readings", null);
      }
      String seed = index.settings().get("seed");
      return new Verdict(
          sums.plus(new Sums(0, 0, 0, 0, 0, 0, 0, redelivered, 0)),
          devices,
          findings.problems(),
          findings.unnamed(),
          foreignRows,
          regeneration == null ? 0 : regeneration.regenerated(),
          List.copyOf(numbers.keySet()),
          seed == null ? null : Long.valueOf(seed),
          (System.nanoTime() - began) / 1e9);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private @Nullable Regeneration regeneration(Map<String, String> settings)
      throws CannotCheckException {
    try {
      Origin.Readings readings = origin.readings(settings);
      return readings == null ? null : new Regeneration(readings);
    } catch (IllegalArgumentException e) {
      throw new CannotCheckException(
          "the record says what it is a record of in a way that is not understood: "
              + e.getMessage(),
          e);
    }
  }

  private void check(String device, List<StreamIndex> streams)
      throws IOException, InterruptedException {
    DeviceLedger ledger =
        settled(
            device,
            now -> streams.stream().allMatch(stream -> settled(stream, now.epoch(stream.epoch()))));
    redelivered += ledger.redelivered();
    Map<Long, StreamCheck> checks = new HashMap<>();
    streams.forEach(stream -> checks.put(stream.epoch(), new StreamCheck(stream, findings)));
    api.readings(device, null, row -> unchecked(() -> row(device, row, checks)));
    api.quarantine(
        device,
        item -> {
          StreamCheck check = checks.get(item.epoch());
          if (check != null) {
            check.quarantined(item);
          }
        });
    for (StreamIndex stream : streams) {
      StreamCheck check = checks.get(stream.epoch());
      if (check != null) {
        Sums sums = check.settle(ledger.epoch(stream.epoch()));
        devices.add(new Verdict.DeviceSums(device, stream.epoch(), sums));
      }
    }
    checked++;
    tellHowFar();
  }

  /** Now and then, and at the end. */
  private void tellHowFar() {
    long now = System.nanoTime();
    long all = deviceCount;
    if (checked == all || now - toldAtNanos >= TELL_NANOS) {
      toldAtNanos = now;
      progress.accept(String.format(Locale.ROOT, "checked %,d of %,d devices", checked, all));
    }
  }

  /** Of an agent that ran beside the devices; nothing if none did. */
  private HardwareSums hardware() throws IOException {
    HardwareFolder folder = HardwareFolder.of(record);
    return folder.exists() ? HardwareAgent.sumsIn(folder) : new HardwareSums(List.of());
  }

  private void checkNumbers(String device, List<NumberCheck> epochs)
      throws IOException, InterruptedException {
    DeviceLedger ledger =
        settled(
            device,
            now ->
                epochs.stream()
                    .allMatch(check -> check.settled(now.epoch(check.expected().epoch()))));
    redelivered += ledger.redelivered();
    Map<Long, NumberCheck> checks = new HashMap<>();
    epochs.forEach(check -> checks.put(check.expected().epoch(), check));
    api.readings(
        device,
        null,
        row -> {
          NumberCheck check = checks.get(row.epoch());
          String owner = owners.get(row.epoch());
          if (check != null) {
            check.row(row);
          } else if (owner != null) {
            underOther(owner, device, row);
          } else {
            foreignRows++;
          }
        });
    api.quarantine(
        device,
        item -> {
          NumberCheck check = checks.get(item.epoch());
          if (check != null) {
            check.quarantined(item);
          }
        });
    for (NumberCheck check : epochs) {
      long epoch = check.expected().epoch();
      devices.add(new Verdict.DeviceSums(device, epoch, check.settle(ledger.epoch(epoch))));
    }
    progress.accept("checked " + device + ", by number");
  }

  private void row(String device, Row row, Map<Long, StreamCheck> checks) throws IOException {
    StreamCheck check = checks.get(row.epoch());
    if (check != null) {
      check.row(row);
      return;
    }
    String owner = owners.get(row.epoch());
    if (owner != null) {
      underOther(owner, device, row);
      return;
    }
    for (StreamCheck other : checks.values()) {
      if (other.isMine(row)) {
        findings.add(
            Problem.Kind.MISPLACED,
            device,
            other.index().epoch(),
            row.sequence(),
            "stored under epoch " + row.epoch());
        return;
      }
    }
    foreignRows++;
  }

  private void underOther(String owner, String device, Row row) {
    findings.add(
        Problem.Kind.MISPLACED,
        owner,
        row.epoch(),
        row.sequence(),
        "stored under device " + device);
  }

  /** The ledger, once it has settled whatever was acknowledged; or as it is when the time is up. */
  private DeviceLedger settled(String device, Predicate<DeviceLedger> settled)
      throws IOException, InterruptedException {
    boolean told = false;
    while (true) {
      DeviceLedger ledger = api.ledger(device);
      if (settled.test(ledger) || System.nanoTime() - settleUntilNanos >= 0) {
        return ledger;
      }
      if (!told) {
        progress.accept("waiting for " + device + " to settle");
        told = true;
      }
      Api.pause(POLL_MILLIS);
    }
  }

  private static boolean settled(StreamIndex stream, EpochLedger ledger) {
    long kept = stream.keptReadings();
    return ledger.waiting() <= kept && ledger.produced() >= stream.nextSequence() - kept;
  }

  /** A lost reading may be stored under a device this record knows nothing of. */
  private void lookElsewhere() throws IOException, InterruptedException {
    progress.accept("looking for lost readings under other devices");
    Set<String> others = new TreeSet<>();
    api.devices(
        device -> {
          if (!owners.containsValue(device) && others.size() < OTHER_DEVICES_MAX) {
            others.add(device);
          }
        });
    String range =
        "from=%s&to=%s"
            .formatted(
                Api.encoded(rfc3339(findings.lostFromNanos())),
                Api.encoded(rfc3339(findings.lostToNanos() + 1)));
    for (String device : others) {
      api.readings(
          device,
          range,
          row -> {
            String owner = owners.get(row.epoch());
            if (owner != null) {
              underOther(owner, device, row);
            }
          });
    }
  }

  private static String rfc3339(long nanos) {
    return Instant.ofEpochSecond(
            Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L))
        .toString();
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void unchecked(Step step) {
    try {
      step.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
