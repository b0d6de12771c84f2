package io.tidemark.sim.verify;

import io.tidemark.sim.hardware.HardwareAgent;
import io.tidemark.sim.hardware.HardwareSums;
import io.tidemark.sim.record.HardwareFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Compares a record with what the platform has, device by device.
 *
 * <pre>
 * the record        its readings are made again from what decided them, and have to be the same
 * for each device   its ledger, when it has settled (or the time for that is up)
 *                   its rows, page by page: each is compared with the reading of its number,
 *                   or, of devices whose readings have none, with the one that it must be
 *                   its quarantine
 *                   each number is then stored, quarantined, dropped, waiting or missing
 * for an agent      the same, but for its numbers only
 * if any is lost    the rows of other devices at that time: is it there?
 * </pre>
 *
 * <p>Holds one page of rows, 25 bytes a batch and two bits a reading of one device; more where
 * readings have no numbers ({@link ContentCheck}). Not thread-safe; used once.
 */
public final class Verifier {
  /** Most problems that are named; more are counted. */
  public static final int PROBLEMS_MAX = 10_000;

  /** In how many other devices a lost reading is looked for. */
  static final int OTHER_DEVICES_MAX = 1_000;

  private static final long TELL_NANOS = 2_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Path record;
  private final Api api;
  private final Settling settling;
  private final Origin origin;
  private final int indexMaxBatches;
  private final Consumer<String> progress;
  private final Findings findings = new Findings(PROBLEMS_MAX);
  private final List<Verdict.DeviceSums> devices = new ArrayList<>();
  private Map<Long, String> owners = new HashMap<>();
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
    this.origin = origin;
    this.indexMaxBatches = indexMaxBatches;
    this.progress = progress;
    this.settling = new Settling(settle, progress);
  }

  /**
   * Asks in this way.
   *
   * @param apiKey sent with what it asks; none if it is empty
   * @param tls whom to believe; null for those that Java knows
   */
  public Verifier with(String apiKey, @Nullable SSLContext tls) {
    api.with(apiKey, tls);
    return this;
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
    try (RecordIndex index = new RecordIndex(record, indexMaxBatches)) {
      api.probe();
      Map<String, List<HardwareSums.Epoch>> agents = agents();
      owners = index.owners();
      agents.forEach((device, epochs) -> epochs.forEach(e -> owners.put(e.epoch(), device)));
      deviceCount = owners.values().stream().distinct().count();
      Regeneration regeneration = regeneration(index.settings());
      for (List<Integer> group : index.groups()) {
        for (Map.Entry<String, List<StreamIndex>> device :
            index.index(group, regeneration).entrySet()) {
          check(byReadings(device.getKey(), device.getValue(), index));
        }
      }
      for (Map.Entry<String, List<HardwareSums.Epoch>> agent : agents.entrySet()) {
        check(new HardwareCheck(agent.getKey(), agent.getValue(), owners, api, settling, findings));
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
          sums.plus(new Sums(0, 0, 0, 0, 0, 0, 0, findings.redelivered(), 0)),
          devices,
          findings.problems(),
          findings.unnamed(),
          findings.foreignRows(),
          regeneration == null ? 0 : regeneration.regenerated(),
          List.copyOf(agents.keySet()),
          findings.redeliveredRows(),
          seed == null ? null : Long.valueOf(seed),
          (System.nanoTime() - began) / 1e9);
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

  /** What agents that ran beside the devices numbered, by device; nothing if none did. */
  private Map<String, List<HardwareSums.Epoch>> agents() throws IOException {
    HardwareFolder folder = HardwareFolder.of(record);
    Map<String, List<HardwareSums.Epoch>> agents = new TreeMap<>();
    if (folder.exists()) {
      for (HardwareSums.Epoch epoch : HardwareAgent.sumsIn(folder).epochs()) {
        agents.computeIfAbsent(epoch.device(), device -> new ArrayList<>()).add(epoch);
      }
    }
    return agents;
  }

  private DeviceCheck byReadings(String device, List<StreamIndex> streams, RecordIndex index)
      throws IOException {
    return index.payload(device).numbers()
        ? new NumberedCheck(device, streams, owners, api, settling, findings)
        : new ContentCheck(device, streams, owners, api, settling, findings);
  }

  private void check(DeviceCheck check) throws IOException, InterruptedException {
    devices.addAll(check.check());
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

  /**
   * A lost reading may be stored under a device this record knows nothing of; one without a number
   * under one of the record's too, which does not miss it.
   */
  private void lookElsewhere() throws IOException, InterruptedException {
    progress.accept("looking for lost readings under other devices");
    Set<String> own = new HashSet<>(owners.values());
    Set<String> others = new TreeSet<>();
    api.devices(
        device -> {
          if (!own.contains(device) && others.size() < OTHER_DEVICES_MAX) {
            others.add(device);
          }
        });
    for (String device : others) {
      api.readings(device, lostRange(), row -> elsewhere(device, row));
    }
    if (findings.anyLostByContent()) {
      for (String device : own.stream().sorted().limit(OTHER_DEVICES_MAX).toList()) {
        api.readings(device, lostRange(), row -> findings.perhapsLost(device, row));
      }
    }
  }

  private void elsewhere(String device, Row row) {
    String owner = owners.get(row.epoch());
    if (owner == null) {
      findings.perhapsLost(device, row);
    } else {
      findings.underOther(owner, device, row);
    }
  }

  private String lostRange() {
    return "from=%s&to=%s"
        .formatted(
            Api.encoded(Compared.time(findings.lostFromNanos())),
            Api.encoded(Compared.time(findings.lostToNanos() + NANOS_PER_MILLI)));
  }
}
