package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One write, divided until the lines at fault stand alone: by what the refusal says ({@link
 * Blame}), else by halves, the largest parts first. The number of refused requests is bounded: when
 * it is used up, what is still undecided is refused together, and can be replayed from the
 * quarantine. Used by the threads of one write.
 */
final class Division {
  /** A refused request for so many lines, and {@link #SPARE_REFUSALS} more. */
  private static final int LINES_A_REFUSAL = 50;

  private static final int SPARE_REFUSALS = 4;

  private static final long BACKOFF_MIN_MILLIS = 100;
  private static final long BACKOFF_MAX_MILLIS = 5_000;

  private final InfluxConnection connection;
  private final InfluxMeters meters;
  private final Pace pace;
  private final InfluxWriter.KeptFrom keptFrom;
  private final AtomicInteger requestsLeft;

  Division(
      InfluxConnection connection,
      InfluxMeters meters,
      Pace pace,
      InfluxWriter.KeptFrom keptFrom,
      int lines) {
    this.connection = connection;
    this.meters = meters;
    this.pace = pace;
    this.keptFrom = keptFrom;
    requestsLeft = new AtomicInteger(lines / LINES_A_REFUSAL + SPARE_REFUSALS);
  }

  /** Lines to be written, and the last refusal they were part of. */
  private record Part(List<Line> lines, @Nullable RefusedException why, String reason) {}

  /** Writes lines; returns those refused for good. */
  List<Refusal> write(List<Line> lines) throws StoreUnavailableException {
    List<Refusal> refusals = new ArrayList<>();
    Deque<Part> parts = new ArrayDeque<>();
    parts.add(new Part(lines, null, Blame.REFUSED));
    while (!parts.isEmpty()) {
      Part part = parts.remove();
      RefusedException why = part.why();
      // A part that comes of a division costs a request of the budget.
      if (why != null && !why.tooLarge() && requestsLeft.getAndDecrement() <= 0) {
        refuseTogether(part, why, refusals);
        continue;
      }
      RefusedException refused = attempt(part.lines());
      if (refused != null) {
        divide(part, refused, parts, refusals);
      }
    }
    return refusals;
  }

  private void divide(
      Part part, RefusedException refused, Deque<Part> parts, List<Refusal> refusals)
      throws StoreUnavailableException {
    List<Line> lines = part.lines();
    if (refused.tooLarge() && lines.size() > 1) {
      halve(lines, refused, part.reason(), parts);
      return;
    }
    Blame blame = Blame.of(refused, lines, keptFrom.nanos());
    if (lines.size() == 1 || blame.certain()) {
      for (Line line : blame.suspects()) {
        refusals.add(refusal(line, blame.reason(), refused.reason()));
      }
      addOthers(lines, blame.suspects(), refused, parts);
    } else if (blame.suspects().size() < lines.size()) {
      addOthers(lines, blame.suspects(), refused, parts);
      parts.add(new Part(blame.suspects(), refused, blame.reason()));
    } else {
      halve(lines, refused, blame.reason(), parts);
    }
  }

  private static void halve(
      List<Line> lines, RefusedException refused, String reason, Deque<Part> parts) {
    int half = lines.size() / 2;
    parts.add(new Part(lines.subList(0, half), refused, reason));
    parts.add(new Part(lines.subList(half, lines.size()), refused, reason));
  }

  /** Those without blame. They may be written already; writing them again says so for sure. */
  private static void addOthers(
      List<Line> lines, List<Line> suspects, RefusedException refused, Deque<Part> parts) {
    Map<Line, Boolean> blamed = new IdentityHashMap<>();
    suspects.forEach(line -> blamed.put(line, true));
    List<Line> others = lines.stream().filter(line -> !blamed.containsKey(line)).toList();
    if (!others.isEmpty()) {
      parts.add(new Part(others, refused, Blame.REFUSED));
    }
  }

  private static void refuseTogether(Part part, RefusedException why, List<Refusal> refusals) {
    String detail =
        "refused in a group of %d rows, not all of which need be at fault; replay it to try it alone: %s"
            .formatted(part.lines().size(), why.reason());
    for (Line line : part.lines()) {
      refusals.add(new Refusal(line.row(), part.reason(), detail));
    }
  }

  private static Refusal refusal(Line line, String reason, String said) {
    return new Refusal(line.row(), reason, "InfluxDB refuses it: " + said);
  }

  /**
   * Sends one request, again and again while the server is busy, for as long as is set.
   *
   * @return the refusal, or null if all is written
   */
  private @Nullable RefusedException attempt(List<Line> lines) throws StoreUnavailableException {
    String body = LineProtocol.of(lines);
    long begun = System.nanoTime();
    long backoff = BACKOFF_MIN_MILLIS;
    while (true) {
      try {
        return send(body);
      } catch (BusyServerException e) {
        long wait = wait(e, backoff);
        Duration spent = Duration.ofNanos(System.nanoTime() - begun).plusMillis(wait);
        if (spent.compareTo(connection.settings().retryFor()) > 0) {
          throw new StoreUnavailableException(
              String.valueOf(e.getMessage()), e, e.retryAfterSeconds());
        }
        pause(wait, e);
        backoff = Math.min(BACKOFF_MAX_MILLIS, backoff * 2);
      }
    }
  }

  /** Sends when it is its turn; returns the refusal, or null if all is written. */
  private @Nullable RefusedException send(String body)
      throws BusyServerException, StoreUnavailableException {
    try {
      pace.enter();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    long sent = System.nanoTime();
    try {
      connection.write(body);
      meters.taken.increment();
      pace.answered(System.nanoTime() - sent);
      return null;
    } catch (RefusedException e) {
      meters.refused.increment();
      return e;
    } catch (BusyServerException e) {
      meters.failed.increment();
      pace.failed();
      throw e;
    } finally {
      pace.left();
    }
  }

  private static void pause(long millis, BusyServerException why) throws StoreUnavailableException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      e.addSuppressed(why);
      throw interrupted(e);
    }
  }

  private static StoreUnavailableException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StoreUnavailableException("interrupted while writing", e);
  }

  /** What the server asked for, or a time that is longer each time and never the same for two. */
  private static long wait(BusyServerException busy, long backoffMillis) {
    return busy.retryAfterSeconds() > 0
        ? busy.retryAfterSeconds() * 1_000L
        : backoffMillis / 2 + ThreadLocalRandom.current().nextLong(backoffMillis / 2 + 1);
  }
}
