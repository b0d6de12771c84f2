package io.tidemark.sim.verify;

import io.tidemark.sim.hardware.HardwareSums;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks an agent, of whose readings only the numbers are known: each has to be one row, or set
 * aside, or dropped.
 */
final class HardwareCheck implements DeviceCheck {
  private final String device;
  private final Map<Long, String> owners;
  private final Api api;
  private final Settling settling;
  private final Findings findings;
  private final Map<Long, NumberCheck> checks = new LinkedHashMap<>();

  /**
   * @param epochs the agent's, by its journal
   * @param owners which device each epoch of the record belongs to
   * @throws CannotCheckException if an epoch has more numbers than can be held
   */
  HardwareCheck(
      String device,
      List<HardwareSums.Epoch> epochs,
      Map<Long, String> owners,
      Api api,
      Settling settling,
      Findings findings)
      throws CannotCheckException {
    this.device = device;
    this.owners = owners;
    this.api = api;
    this.settling = settling;
    this.findings = findings;
    for (HardwareSums.Epoch epoch : epochs) {
      checks.put(epoch.epoch(), new NumberCheck(epoch, findings));
    }
  }

  @Override
  public List<Verdict.DeviceSums> check() throws IOException, InterruptedException {
    DeviceLedger ledger = settling.ledger(device, api, this::isSettled);
    findings.redelivered(ledger.redelivered());
    api.readings(device, null, this::row);
    api.quarantine(device, this::quarantined);
    List<Verdict.DeviceSums> sums = new ArrayList<>();
    for (Map.Entry<Long, NumberCheck> epoch : checks.entrySet()) {
      Sums its = epoch.getValue().settle(ledger.epoch(epoch.getKey()));
      sums.add(new Verdict.DeviceSums(device, epoch.getKey(), its));
    }
    return sums;
  }

  private void row(Row row) {
    NumberCheck check = checks.get(row.epoch());
    String owner = owners.get(row.epoch());
    if (check != null) {
      check.row(row);
    } else if (owner != null) {
      findings.underOther(owner, device, row);
    } else {
      findings.foreignRow();
    }
  }

  private void quarantined(QuarantinedItem item) {
    QuarantinedItem.Numbers numbers = item.numbers();
    NumberCheck check = numbers == null ? null : checks.get(numbers.epoch());
    if (numbers != null && check != null) {
      check.quarantined(numbers.first(), numbers.last());
    }
  }

  private boolean isSettled(DeviceLedger ledger) {
    return checks.entrySet().stream()
        .allMatch(epoch -> epoch.getValue().settled(ledger.epoch(epoch.getKey())));
  }
}
