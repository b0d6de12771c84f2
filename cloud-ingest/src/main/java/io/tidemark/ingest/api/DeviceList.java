package io.tidemark.ingest.api;

import io.tidemark.identity.Role;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.api.DeviceQuery.Place;
import io.tidemark.ingest.api.Views.DeviceView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.ledger.DeviceSummary;
import io.tidemark.ingest.ledger.Lates;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.registry.Registry.Versioned;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Devices as lists show them: the ledger's, with what the registry says of each. Looked up anew by
 * each request; a filter or an order of its own costs a pass over all devices. Thread-safe.
 */
@Singleton
class DeviceList {
  /** Devices looked up by one query. */
  private static final int SCAN_DEVICES = 1_000;

  private final Ledger ledger;
  private final Lates lates;
  private final Registry registry;
  private final RateMeter rates;
  private final Presence presence;
  private final ShutOuts shutOuts;

  @Inject
  DeviceList(
      Ledger ledger,
      Lates lates,
      Registry registry,
      RateMeter rates,
      Presence presence,
      ShutOuts shutOuts) {
    this.shutOuts = shutOuts;
    this.ledger = ledger;
    this.lates = lates;
    this.registry = registry;
    this.rates = rates;
    this.presence = presence;
  }

  /** One device, or null if nothing valid has come of it. */
  @Nullable DeviceView one(String device)
      throws SqlUnavailableException, StoreUnavailableException {
    DeviceSummary summary = ledger.summary(device);
    return summary == null
        ? null
        : DeviceView.of(
            listed(
                summary,
                lates.readings(device, device),
                Map.of(device, registry.get(device)),
                shutOuts.since(Role.DEVICE)));
  }

  /** Up to {@code count} devices behind the cursor. */
  Page<DeviceView> page(DeviceQuery query, @Nullable String cursor, int count)
      throws SqlUnavailableException, StoreUnavailableException {
    Place after = Place.parse(cursor);
    List<ListedDevice> found =
        query.isOrderOfLedger()
            ? scan(query, after == null ? null : after.device(), count + 1)
            : sorted(query, after);
    boolean more = found.size() > count;
    List<ListedDevice> page = more ? found.subList(0, count) : found;
    return new Page<>(
        page.stream().map(DeviceView::of).toList(),
        more ? query.place(page.get(count - 1)).cursor() : null);
  }

  private List<ListedDevice> sorted(DeviceQuery query, @Nullable Place after)
      throws SqlUnavailableException, StoreUnavailableException {
    Comparator<Place> order = query.comparator();
    return scan(query, null, Integer.MAX_VALUE).stream()
        .filter(device -> after == null || order.compare(query.place(device), after) > 0)
        .sorted(Comparator.comparing(query::place, order))
        .toList();
  }

  /** Up to {@code limit} that match, by id, behind {@code after}. */
  private List<ListedDevice> scan(DeviceQuery query, @Nullable String after, int limit)
      throws SqlUnavailableException, StoreUnavailableException {
    List<ListedDevice> found = new ArrayList<>();
    Map<String, Long> shutOut = shutOuts.since(Role.DEVICE);
    @Nullable String last = after;
    List<DeviceSummary> part;
    do {
      part = ledger.devicesAfter(last, SCAN_DEVICES);
      if (part.isEmpty()) {
        break;
      }
      String first = part.get(0).device();
      last = part.get(part.size() - 1).device();
      Map<String, Long> late = lates.readings(first, last);
      Map<String, Versioned> records = registry.between(first, last);
      for (DeviceSummary summary : part) {
        ListedDevice device = listed(summary, late, records, shutOut);
        if (query.matches(device)) {
          found.add(device);
        }
      }
    } while (part.size() == SCAN_DEVICES && found.size() < limit);
    return found.size() > limit ? found.subList(0, limit) : found;
  }

  private ListedDevice listed(
      DeviceSummary summary,
      Map<String, Long> late,
      Map<String, Versioned> records,
      Map<String, Long> shutOut) {
    return new ListedDevice(
        summary,
        late.getOrDefault(summary.device(), 0L),
        records.getOrDefault(summary.device(), Versioned.NONE).content(),
        presence.status(summary),
        rates.perSecond(summary.device()),
        shutOut.getOrDefault(summary.device(), 0L));
  }
}
