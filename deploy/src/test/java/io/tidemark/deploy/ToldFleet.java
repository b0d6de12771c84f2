package io.tidemark.deploy;

import com.microsoft.playwright.Route;
import io.tidemark.deploy.demo.Sums;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Ten thousand devices, told page by page in the place of ingest: each has its own sums and rate;
 * sites and states come again and again. Used by one thread.
 */
final class ToldFleet {
  static final int DEVICES = 10_000;
  static final int SITES = 4;

  private final List<String> cursors = new ArrayList<>();

  static String name(int i) {
    return "sim-%05d".formatted(i);
  }

  static boolean isSilent(int i) {
    return i % 10 == 3;
  }

  static String site(int i) {
    return "Site " + i % SITES;
  }

  /** Readings in ten seconds: all different. */
  static int rate(int i) {
    return i * 7919 % DEVICES;
  }

  private static Sums sums(int i) {
    int stored = 100 + i;
    int waiting = i % 7 == 0 ? 2 : 0;
    int quarantined = i % 11 == 0 ? 3 : 0;
    int dropped = i % 13 == 0 ? 4 : 0;
    int missing = i % 100 == 0 ? 1 : 0;
    int produced = stored + waiting + quarantined + dropped + missing;
    return new Sums(produced, waiting, stored, quarantined, dropped, missing, 0, 0);
  }

  /** The sums of some of them. */
  static Sums total(IntPredicate some) {
    return PostedFleet.total(
        IntStream.range(0, DEVICES).filter(some).mapToObj(ToldFleet::sums).toList());
  }

  /** The cursors that were asked for, in their order; empty for the first page. */
  List<String> cursors() {
    return cursors;
  }

  /** Answers a request for a page of the devices. */
  void answer(Route route) {
    String query = URI.create(route.request().url()).getQuery();
    int limit = Integer.parseInt(query.replaceFirst(".*limit=(\\d+).*", "$1"));
    String cursor = query.contains("cursor=") ? query.replaceFirst(".*cursor=", "") : "";
    cursors.add(cursor);
    int first = cursor.isEmpty() ? 0 : Integer.parseInt(cursor.replace("from-", ""));
    int next = Math.min(first + limit, DEVICES);
    PageChecks.answer(
        route,
        IntStream.range(first, next)
            .mapToObj(ToldFleet::json)
            .collect(
                Collectors.joining(
                    ",",
                    "{\"items\":[",
                    "],\"next\":" + (next == DEVICES ? "null" : "\"from-" + next + "\"") + "}")));
  }

  private static String json(int i) {
    Sums sums = sums(i);
    return String.format(
        Locale.ROOT,
        """
        {"device":"%s","firstSeen":"2026-01-01T00:00:00Z","lastSeen":"2026-01-01T00:00:00Z","status":"%s",\
        "sensors":["bme280"],"rate":%.1f,"site":"%s","ledger":{"produced":%d,"waiting":%d,"stored":%d,\
        "quarantined":%d,"dropped":%d,"missing":%d,"duplicates":0,"redelivered":0}}""",
        name(i),
        isSilent(i) ? "silent" : "online",
        rate(i) / 10.0,
        site(i),
        sums.produced(),
        sums.waiting(),
        sums.stored(),
        sums.quarantined(),
        sums.dropped(),
        sums.missing());
  }
}
