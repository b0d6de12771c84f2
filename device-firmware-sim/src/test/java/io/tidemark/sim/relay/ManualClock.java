package io.tidemark.sim.relay;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.NullUnmarked;

/** Time that passes when a test says so. */
@NullUnmarked
public final class ManualClock implements RelayClock {
  private record Task(long atNanos, long ordinal, ScheduledExecutorService loop, Runnable task) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::ordinal));
  private long nowNanos = 1_000;
  private long ordinals;

  @Override
  public synchronized long nanos() {
    return nowNanos;
  }

  @Override
  public synchronized void schedule(ScheduledExecutorService loop, long atNanos, Runnable task) {
    if (atNanos <= nowNanos) {
      loop.execute(task);
    } else {
      tasks.add(new Task(atNanos, ordinals++, loop, task));
    }
  }

  /** Lets so much time pass; what is due on the way is done at its time, and has been on return. */
  public void pass(Duration time) throws ExecutionException, InterruptedException {
    long until = nanos() + time.toNanos();
    for (Task task = next(until); task != null; task = next(until)) {
      task.loop().submit(task.task()).get();
    }
    leapTo(until);
  }

  /** Lets so much time pass at once, as when a process is stopped: what is due comes late. */
  public void leap(Duration time) throws ExecutionException, InterruptedException {
    leapTo(nanos() + time.toNanos());
    pass(Duration.ZERO);
  }

  private synchronized Task next(long untilNanos) {
    Task task = tasks.peek();
    if (task == null || task.atNanos() > untilNanos) {
      return null;
    }
    nowNanos = Math.max(nowNanos, task.atNanos());
    return tasks.remove();
  }

  private synchronized void leapTo(long nanos) {
    nowNanos = Math.max(nowNanos, nanos);
  }
}
