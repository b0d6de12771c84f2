package io.tidemark.gateway.forward;

import io.tidemark.gateway.replication.Chunk;
import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.gateway.replication.Mark;
import io.tidemark.gateway.replication.ReplicatedLog;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of the log that is forwarded in order. What is acknowledged of it is one interval, and
 * the windows above. Belongs to the forwarder's thread.
 */
final class Lane {
  private final Deque<Window> windows = new ArrayDeque<>();
  private long next;
  private long end = Long.MAX_VALUE;
  private Mark reached;

  /**
   * A lane without an end.
   *
   * @param from lowest index of it
   * @param reached the last index that is acknowledged below, and how many readings that is; an
   *     index of -1 if that is not known yet
   */
  Lane(long from, Mark reached) {
    this.next = from;
    this.reached = reached;
  }

  /** From this index on, which is not read yet, another lane forwards. */
  void endAt(long index) {
    end = index;
  }

  /** Lowest index that is not read. */
  long next() {
    return next;
  }

  boolean hasMore(long committed) {
    return next <= committed && next < end;
  }

  /** Reads up to a window; there may be no data in what it reads. */
  void read(ReplicatedLog log, int maxBytes, long now) throws IOException {
    Chunk chunk = log.read(next, maxBytes);
    List<CommittedEntry> entries =
        chunk.entries().stream().filter(entry -> entry.index() < end).toList();
    if (!entries.isEmpty()) {
      windows.add(Window.of(next, entries, now));
    }
    next = Math.min(chunk.next(), end);
  }

  /** Windows, stored ones behind one that is not among them. */
  int size() {
    return windows.size();
  }

  /** Windows that are not stored. */
  int open() {
    return (int) windows.stream().filter(window -> !window.stored()).count();
  }

  boolean inFlight() {
    return windows.stream().anyMatch(Window::inFlight);
  }

  /** The first window to be sent now. */
  @Nullable Window due(long now) {
    return windows.stream().filter(window -> window.waits(now)).findFirst().orElse(null);
  }

  /** When a window that waits is to be sent, at the latest {@code at}. */
  long nextDue(long at) {
    long due = at;
    for (Window window : windows) {
      if (window.waits() && window.dueAt() - due < 0) {
        due = window.dueAt();
      }
    }
    return due;
  }

  /** Lets go of the windows up to the first that is not stored. */
  void settle() {
    for (Window first = windows.peek(); first != null && first.stored(); first = windows.peek()) {
      windows.remove();
      reached = new Mark(first.last(), reached.readings() + first.readings());
    }
  }

  /** Everything up to this index is acknowledged, or no data, or below the lane. */
  long contiguous() {
    Window first = windows.peek();
    return first == null ? next - 1 : first.from() - 1;
  }

  /** The last entry of what is acknowledged without a gap, and the readings up to it. */
  Mark reached() {
    return reached;
  }

  /** True if nothing is left to do below the end. */
  boolean done() {
    return next >= end && windows.isEmpty();
  }

  /** This lane goes on where one that is done has ended. */
  void joins(Lane below) {
    reached =
        new Mark(
            Math.max(reached.index(), below.reached.index()),
            reached.readings() + below.reached.readings());
  }
}
