package io.tidemark.ingest.api;

import io.tidemark.ingest.api.PointViews.State;
import io.tidemark.ingest.ledger.DeviceSummary;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.SeriesName;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Why series have no values in some time: whether there is such a device, sensor or metric at all.
 * Made for one request, and used by one thread: asks once for each device.
 */
final class Absences {
  static final Reason NONE = new Reason(State.OK, null);

  private final Ledger ledger;
  private final TimeSeriesStore store;
  private final Map<String, Optional<DeviceSummary>> devices = new HashMap<>();
  private final Map<String, List<Row>> newest = new HashMap<>();

  /**
   * @param detail in words, with what there is instead; null if nothing is absent
   */
  record Reason(State state, @Nullable String detail) {}

  Absences(Ledger ledger, TimeSeriesStore store) {
    this.ledger = ledger;
    this.store = store;
  }

  /** Why a series, of which no value was found in the time asked for, has none. */
  Reason of(SeriesName name) throws SqlUnavailableException, StoreUnavailableException {
    DeviceSummary device = device(name.device());
    if (device == null) {
      return new Reason(
          State.UNKNOWN_DEVICE,
          "nothing valid has come of device " + name.device() + "; see /api/v1/devices");
    }
    if (!device.sensors().contains(name.sensor())) {
      return new Reason(
          State.UNKNOWN_SENSOR,
          "device %s has no sensor %s; it has %s"
              .formatted(name.device(), name.sensor(), list(device.sensors())));
    }
    SortedSet<String> numeric = new TreeSet<>();
    boolean isThere = false;
    for (Row row : newest(name.device())) {
      if (row.reading().sensor().equals(name.sensor())) {
        for (Map.Entry<String, Value> value : row.reading().values().entrySet()) {
          isThere |= value.getKey().equals(name.metric());
          if (value.getValue() instanceof Value.Num) {
            numeric.add(value.getKey());
          }
        }
      }
    }
    if (numeric.contains(name.metric())) {
      return new Reason(State.EMPTY, "no value is stored of this time");
    }
    String instead = "numbers in its newest reading: " + list(List.copyOf(numeric));
    return isThere
        ? new Reason(
            State.NOT_NUMERIC,
            "%s of %s is no number; %s".formatted(name.metric(), name.sensor(), instead))
        : new Reason(
            State.UNKNOWN_METRIC,
            "no %s is stored of this time, nor is it in the newest reading of %s; %s"
                .formatted(name.metric(), name.sensor(), instead));
  }

  private @Nullable DeviceSummary device(String name)
      throws SqlUnavailableException, StoreUnavailableException {
    Optional<DeviceSummary> found = devices.get(name);
    if (found == null) {
      found = Optional.ofNullable(ledger.summary(name));
      devices.put(name, found);
    }
    return found.orElse(null);
  }

  private List<Row> newest(String device) throws StoreUnavailableException {
    List<Row> found = newest.get(device);
    if (found == null) {
      found = store.latest(device);
      newest.put(device, found);
    }
    return found;
  }

  private static String list(List<String> words) {
    return words.isEmpty() ? "none" : String.join(", ", words);
  }
}
