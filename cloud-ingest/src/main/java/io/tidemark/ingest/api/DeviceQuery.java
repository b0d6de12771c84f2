package io.tidemark.ingest.api;

import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.registry.DeviceRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which devices are wanted, and in what order.
 *
 * @param words each is in the id or the record, whatever its case
 * @param site exactly this one; null for any
 * @param label has this one; null for any
 * @param deviceClass exactly this one; null for any
 * @param status exactly this one; null for any
 * @param with has such readings; null for any
 * @param order by what
 * @param descending whether the other way round; equal ones are by id all the same
 */
record DeviceQuery(
    List<String> words,
    @Nullable String site,
    @Nullable String label,
    @Nullable String deviceClass,
    @Nullable String status,
    @Nullable With with,
    Order order,
    boolean descending) {
  private static final int SEARCH_MAX_CHARS = 200;
  private static final List<String> STATUSES = List.of("online", "late", "silent", "disconnected");

  /** Readings by which devices are looked for: in a state of the ledger, or stored late. */
  enum With {
    WAITING,
    QUARANTINED,
    DROPPED,
    MISSING,
    LATE;

    private long of(ListedDevice device) {
      Sums sums = device.summary().sums();
      return switch (this) {
        case WAITING -> sums.waiting();
        case QUARANTINED -> sums.quarantined();
        case DROPPED -> sums.dropped();
        case MISSING -> sums.missing();
        case LATE -> device.storedLate();
      };
    }
  }

  /** Orders of the list. */
  enum Order {
    DEVICE,
    NAME,
    SITE,
    STATUS,
    SEEN,
    RATE,
    TROUBLE
  }

  /** Where a device stands in an order: by text, then by number, then by its id. */
  record Place(String text, long number, String device) {
    private static final Comparator<Place> BY_KEY =
        Comparator.comparing(Place::text).thenComparingLong(Place::number);

    String cursor() {
      return Cursor.of(number + " " + device + " " + text);
    }

    static @Nullable Place parse(@Nullable String cursor) {
      String place = Cursor.parse(cursor);
      if (place == null) {
        return null;
      }
      String[] parts = place.split(" ", 3);
      try {
        if (parts.length == 3) {
          return new Place(parts[2], Long.parseLong(parts[0]), parts[1]);
        }
      } catch (NumberFormatException e) {
        throw ApiException.parameter("cursor", cursor, Cursor.RULE);
      }
      throw ApiException.parameter("cursor", cursor, Cursor.RULE);
    }
  }

  static DeviceQuery of(DeviceParams given) {
    String search = given.q == null ? "" : given.q.strip();
    if (search.length() > SEARCH_MAX_CHARS) {
      throw ApiException.parameter("q", search, "at most " + SEARCH_MAX_CHARS + " characters");
    }
    String sort = given.sort == null || given.sort.isEmpty() ? "device" : given.sort;
    boolean descending = sort.startsWith("-");
    return new DeviceQuery(
        Stream.of(search.toLowerCase(Locale.ROOT).split("\\s+"))
            .filter(word -> !word.isEmpty())
            .toList(),
        blankToNull(given.site),
        blankToNull(given.label),
        blankToNull(given.deviceClass),
        status(blankToNull(given.status)),
        one(With.values(), "with", blankToNull(given.with)),
        required(one(Order.values(), "sort", descending ? sort.substring(1) : sort)),
        descending);
  }

  private static @Nullable String status(@Nullable String status) {
    if (status != null && !STATUSES.contains(status)) {
      throw ApiException.parameter("status", status, "one of " + String.join(", ", STATUSES));
    }
    return status;
  }

  private static <E extends Enum<E>> @Nullable E one(
      E[] all, String parameter, @Nullable String value) {
    if (value == null) {
      return null;
    }
    for (E each : all) {
      if (each.name().toLowerCase(Locale.ROOT).equals(value)) {
        return each;
      }
    }
    throw ApiException.parameter(
        parameter,
        value,
        Stream.of(all)
            .map(each -> each.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", ", "one of ", "")));
  }

  private static Order required(@Nullable Order order) {
    return order == null ? Order.DEVICE : order;
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }

  boolean matches(ListedDevice device) {
    DeviceRecord known = device.known();
    return (site == null || site.equals(known.site()))
        && (label == null || known.labels().contains(label))
        && (deviceClass == null || deviceClass.equals(known.deviceClass()))
        && (status == null || status.equals(device.status()))
        && (with == null || with.of(device) > 0)
        && has(device, words);
  }

  private static boolean has(ListedDevice device, List<String> words) {
    if (words.isEmpty()) {
      return true;
    }
    List<String> texts = new ArrayList<>(device.known().words());
    texts.add(device.summary().device());
    String text = String.join("\n", texts).toLowerCase(Locale.ROOT);
    return words.stream().allMatch(text::contains);
  }

  Place place(ListedDevice device) {
    Sums sums = device.summary().sums();
    String text =
        switch (order) {
          case NAME -> device.known().name().toLowerCase(Locale.ROOT);
          case SITE -> device.known().site().toLowerCase(Locale.ROOT);
          case STATUS -> device.status();
          default -> "";
        };
    long number =
        switch (order) {
          case SEEN -> device.summary().lastSeenNanos();
          case RATE -> Math.round(device.rate() * 1000);
          case TROUBLE -> sums.missing() + sums.duplicates() + sums.quarantined() + sums.dropped();
          default -> 0;
        };
    return new Place(text, number, device.summary().device());
  }

  Comparator<Place> comparator() {
    Comparator<Place> byKey = descending ? Place.BY_KEY.reversed() : Place.BY_KEY;
    Comparator<Place> byDevice = Comparator.comparing(Place::device);
    return order == Order.DEVICE && descending
        ? byDevice.reversed()
        : byKey.thenComparing(byDevice);
  }

  /** Whether the ledger lists devices in this order by itself. */
  boolean isOrderOfLedger() {
    return order == Order.DEVICE && !descending;
  }
}
