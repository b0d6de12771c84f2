package io.tidemark.gateway.forward;

import io.tidemark.gateway.replication.Mark;
import io.tidemark.gateway.replication.ReplicatedLog;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way to ingest in one leadership: a single lane as long as that keeps up. Once
 * entries have waited in it for {@code liveAfter} and ingest answers, a second one begins at the
 * committed end, so that what comes now does not wait for the backlog; when the first has come to
 * where the second began, they are one again. There are never more than two: a second lane that
 * does not keep up either is in order within itself.
 *
 * <p>The lanes take turns, and who has nothing to send leaves everything to the other. Memory: at
 * most {@code requestsInFlightMax} windows of entries in both together, and as many without entries
 * in each. Belongs to the forwarder's thread.
 */
final class Lanes {
  private final ReplicatedLog log;
  private final ForwardSettings settings;
  private Lane first;
  private @Nullable Lane live;
  private @Nullable Lane lastRead;
  private @Nullable Lane lastSent;

  /** What was committed at {@code notedAt}, and was not all read then. */
  private long noted;

  private long notedAt;

  /** Begins above the mark. What is there already has waited long enough. */
  Lanes(ReplicatedLog log, ForwardSettings settings, Mark mark, long now) {
    this.log = log;
    this.settings = settings;
    this.first = new Lane(mark.index() + 1, mark);
    this.noted = log.committedIndex();
    this.notedAt = now - settings.liveAfter().toNanos();
  }

  /**
   * Reads what is committed, as far as there are windows for it.
   *
   * @throws IOException if the log cannot be read; nothing is passed over
   */
  void fill(long now) throws IOException {
    long committed = log.committedIndex();
    for (Lane lane = toRead(committed); lane != null; lane = toRead(committed)) {
      lastRead = lane;
      lane.read(log, settings.requestMaxBytes(), now);
    }
    join();
    if (first.next() > noted) {
      noted = committed;
      notedAt = now;
    }
  }

  /** The lane to read from next: that with the least on its way, else that which was not last. */
  private @Nullable Lane toRead(long committed) {
    Lane best = null;
    int open = 0;
    for (Lane lane : inTurn(lastRead)) {
      open += lane.open();
      if (lane.hasMore(committed)
          && lane.size() < settings.requestsInFlightMax()
          && (best == null || lane.open() < best.open())) {
        best = lane;
      }
    }
    return open < settings.requestsInFlightMax() ? best : null;
  }

  /** The window to send next, in turn from each lane; null if none waits. */
  @Nullable Window due(long now) {
    for (Lane lane : inTurn(lastSent)) {
      Window window = lane.due(now);
      if (window != null) {
        lastSent = lane;
        return window;
      }
    }
    return null;
  }

  private List<Lane> inTurn(@Nullable Lane last) {
    if (live == null) {
      return List.of(first);
    }
    return last == live ? List.of(first, live) : List.of(live, first);
  }

  /** Ingest has stored a window. */
  void stored(Window window) {
    window.nowStored();
    inTurn(null).forEach(Lane::settle);
    join();
  }

  /**
   * Ingest answers: if what is to be sent is old by now, what comes from now on has its own lane.
   */
  void answering(long now) {
    if (live == null && first.next() <= noted && now - notedAt >= settings.liveAfter().toNanos()) {
      long end = log.committedIndex() + 1;
      first.endAt(end);
      live = new Lane(end, Mark.NONE);
    }
  }

  private void join() {
    Lane second = live;
    if (second != null && first.done()) {
      second.joins(first);
      first = second;
      live = null;
      noted = -1;
    }
  }

  /** Everything up to this index is acknowledged, or no data. */
  long contiguous() {
    return first.contiguous();
  }

  /** How far everything is acknowledged. */
  Mark reached() {
    return first.reached();
  }

  boolean inFlight() {
    return first.inFlight() || (live != null && live.inFlight());
  }

  /** When a window that waits is to be sent, at the latest {@code at}. */
  long nextDue(long at) {
    long due = first.nextDue(at);
    return live == null ? due : live.nextDue(due);
  }
}
