package io.tidemark.sim.verify;

import io.tidemark.sim.verify.DeviceLedger.EpochLedger;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks a device whose readings carry its own numbers: each row is compared with the reading of
 * its epoch and number.
 */
final class NumberedCheck implements DeviceCheck {
  private final String device;
  private final List<StreamIndex> streams;
  private final Map<Long, String> owners;
  private final Api api;
  private final Settling settling;
  private final Findings findings;
  private final Map<Long, StreamCheck> checks = new HashMap<>();

  /**
   * @param streams the device's epochs
   * @param owners which device each epoch of the record belongs to
   */
  NumberedCheck(
      String device,
      List<StreamIndex> streams,
      Map<Long, String> owners,
      Api api,
      Settling settling,
      Findings findings) {
    this.device = device;
    this.streams = streams;
    this.owners = owners;
    this.api = api;
    this.settling = settling;
    this.findings = findings;
    streams.forEach(stream -> checks.put(stream.epoch(), new StreamCheck(stream, findings)));
  }

  @Override
  public List<Verdict.DeviceSums> check() throws IOException, InterruptedException {
    DeviceLedger ledger = settling.ledger(device, api, this::isSettled);
    findings.redelivered(ledger.redelivered());
    api.readings(device, null, this::row);
    AsTheyCame asTheyCame = new AsTheyCame();
    api.quarantine(device, item -> quarantined(item, asTheyCame));
    List<Verdict.DeviceSums> sums = new ArrayList<>();
    for (StreamIndex stream : streams) {
      StreamCheck check = checks.get(stream.epoch());
      if (check != null) {
        check.quarantined(asTheyCame);
        Sums its = check.settle(ledger.epoch(stream.epoch()));
        sums.add(new Verdict.DeviceSums(device, stream.epoch(), its));
      }
    }
    return sums;
  }

  private void quarantined(QuarantinedItem item, AsTheyCame asTheyCame) {
    QuarantinedItem.Numbers numbers = item.numbers();
    if (numbers != null) {
      StreamCheck check = checks.get(numbers.epoch());
      if (check != null) {
        check.quarantined(numbers.first(), numbers.last());
      }
    } else if (item.payload() != null) {
      asTheyCame.add(item.payload());
    }
  }

  private void row(Row row) throws IOException {
    StreamCheck check = checks.get(row.epoch());
    if (check != null) {
      check.row(row);
      return;
    }
    String owner = owners.get(row.epoch());
    if (owner != null) {
      findings.underOther(owner, device, row);
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
    findings.foreignRow();
  }

  private boolean isSettled(DeviceLedger ledger) {
    return streams.stream().allMatch(stream -> settled(stream, ledger.epoch(stream.epoch())));
  }

  private static boolean settled(StreamIndex stream, EpochLedger ledger) {
    return ledger.waiting() <= stream.keptReadings()
        && ledger.produced() >= stream.acknowledgedEnd();
  }
}
