package io.tidemark.agent.journal;

import io.tidemark.wire.Reading;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What waits in memory for the next transaction: readings, acknowledgements, refusals; and which
 * batches are out. Safe for several threads; no lock is held while the disk works.
 */
final class Pending {
  /** Readings in one transaction at most; the rest goes into the next. */
  private static final int WORK_MAX_READINGS = 4 * JournalSettings.BATCH_MAX_READINGS;

  private static final Duration NOTHING_TO_DO = JournalSettings.EXPIRY_INTERVAL;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Reading> readings = new ArrayDeque<>();
  private final Set<Long> acknowledged = new LinkedHashSet<>();
  private final Map<Long, String> setAside = new LinkedHashMap<>();
  private final Set<Long> out = new HashSet<>();
  private final long commitNanos;
  private final LongSupplier monotonicNanos;
  private long readingsSince;
  private long acksSince;
  private boolean woken;

  /** What one transaction takes with it. */
  record Work(List<Reading> readings, List<Long> acknowledged, Map<Long, String> setAside) {
    boolean isEmpty() {
      return readings.isEmpty() && acknowledged.isEmpty() && setAside.isEmpty();
    }
  }

  Pending(Duration commitInterval, LongSupplier monotonicNanos) {
    this.commitNanos = commitInterval.toNanos();
    this.monotonicNanos = monotonicNanos;
  }

  /** Null if taken, otherwise the reason it was not. */
  @Nullable String add(Reading reading) {
    if (Transaction.estimate(reading) > JournalSettings.READING_MAX_BYTES) {
      return "too_large";
    }
    lock.lock();
    try {
      if (readings.size() >= JournalSettings.PENDING_MAX_READINGS) {
        return "memory_full";
      }
      if (readings.isEmpty()) {
        readingsSince = monotonicNanos.getAsLong();
      }
      readings.add(reading);
      if (readings.size() == 1 || readings.size() % JournalSettings.BATCH_MAX_READINGS == 0) {
        changed.signalAll();
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  void acknowledge(long id) {
    lock.lock();
    try {
      noteAck();
      acknowledged.add(id);
    } finally {
      lock.unlock();
    }
  }

  void setAside(long id, String reason) {
    lock.lock();
    try {
      noteAck();
      setAside.put(id, reason);
    } finally {
      lock.unlock();
    }
  }

  private void noteAck() {
    int unwritten = acknowledged.size() + setAside.size();
    if (unwritten == 0) {
      acksSince = monotonicNanos.getAsLong();
    }
    if (unwritten == 0 || unwritten + 1 >= JournalSettings.ACKS_MAX_UNWRITTEN) {
      changed.signalAll();
    }
  }

  void out(long id) {
    lock.lock();
    try {
      out.add(id);
    } finally {
      lock.unlock();
    }
  }

  void putBack(long id) {
    lock.lock();
    try {
      if (!acknowledged.contains(id) && !setAside.containsKey(id)) {
        out.remove(id);
      }
    } finally {
      lock.unlock();
    }
  }

  void putBackAll() {
    lock.lock();
    try {
      out.removeIf(id -> !acknowledged.contains(id) && !setAside.containsKey(id));
    } finally {
      lock.unlock();
    }
  }

  boolean isOut(long id) {
    lock.lock();
    try {
      return out.contains(id);
    } finally {
      lock.unlock();
    }
  }

  int outCount() {
    lock.lock();
    try {
      return out.size();
    } finally {
      lock.unlock();
    }
  }

  int readings() {
    lock.lock();
    try {
      return readings.size();
    } finally {
      lock.unlock();
    }
  }

  /** How long readings have waited, for the first time or since the last commit; 0 if none does. */
  long waitedNanos() {
    lock.lock();
    try {
      return readings.isEmpty() ? 0 : monotonicNanos.getAsLong() - readingsSince;
    } finally {
      lock.unlock();
    }
  }

  boolean hasWork() {
    lock.lock();
    try {
      return !readings.isEmpty() || !acknowledged.isEmpty() || !setAside.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * What there is, at most {@link #WORK_MAX_READINGS} readings of it; it stays here until {@link
   * #done}.
   */
  Work work() {
    lock.lock();
    try {
      List<Reading> first = new ArrayList<>(readings.stream().limit(WORK_MAX_READINGS).toList());
      return new Work(first, List.copyOf(acknowledged), new LinkedHashMap<>(setAside));
    } finally {
      lock.unlock();
    }
  }

  /** The work has been committed. */
  void done(Work work) {
    lock.lock();
    try {
      drop(work.readings().size());
      work.acknowledged().forEach(acknowledged::remove);
      work.acknowledged().forEach(out::remove);
      work.setAside().keySet().forEach(setAside::remove);
      work.setAside().keySet().forEach(out::remove);
    } finally {
      lock.unlock();
    }
  }

  /** The first {@code count} readings have been committed. */
  void drop(int count) {
    lock.lock();
    try {
      for (int i = 0; i < count; i++) {
        readings.remove();
      }
      readingsSince = monotonicNanos.getAsLong();
    } finally {
      lock.unlock();
    }
  }

  /** Lets {@link #awaitDue} return. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns when there is something to commit: an interval has passed since the first reading, a
   * batch is full, acknowledgements are old or many, or it is time to look at ages; but not before
   * {@code notBeforeNanos} have passed.
   */
  void awaitDue(long notBeforeNanos) throws InterruptedException {
    lock.lock();
    try {
      long now = monotonicNanos.getAsLong();
      long earliest = now + notBeforeNanos;
      long latest = earliest + NOTHING_TO_DO.toNanos();
      long due = dueAt(now, latest);
      while (!woken && due - now > 0 || earliest - now > 0 && !woken) {
        changed.await(Math.max(due - now, earliest - now), TimeUnit.NANOSECONDS);
        now = monotonicNanos.getAsLong();
        due = dueAt(now, latest);
      }
    } finally {
      lock.unlock();
    }
  }

  private long dueAt(long now, long latest) {
    long due = latest;
    if (readings.size() >= JournalSettings.BATCH_MAX_READINGS
        || acknowledged.size() + setAside.size() >= JournalSettings.ACKS_MAX_UNWRITTEN) {
      return now;
    }
    if (!readings.isEmpty()) {
      due = Math.min(due, readingsSince + commitNanos);
    }
    if (!acknowledged.isEmpty() || !setAside.isEmpty()) {
      due = Math.min(due, acksSince + JournalSettings.ACKS_MAX_DELAY.toNanos());
    }
    return due;
  }
}
