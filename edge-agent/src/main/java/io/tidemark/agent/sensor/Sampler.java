package io.tidemark.agent.sensor;

import io.tidemark.agent.journal.Recorder;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads each sensor at its own pace and hands what it says to the {@link Recorder}. A thread per
 * sensor: one that is slow or stuck delays none of the others. A failing sensor is logged once,
 * tried again ever more rarely up to a minute apart, and back at its pace with its first success. A
 * slot that was missed is not made up for.
 */
public final class Sampler implements AutoCloseable {
  /**
   * Longest pause before a failing sensor is tried again (or its own interval, if that is longer).
   */
  static final Duration RETRY_MAX = Duration.ofMinutes(1);

  private static final Duration STOP_MAX = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(Sampler.class);

  private final List<Task> tasks;
  private final ScheduledThreadPoolExecutor threads;
  private final long patienceNanos;
  private final AtomicLong sampled = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  /**
   * A sensor and how often to read it.
   *
   * @param id the sensor's name in readings
   */
  public record Pace(String id, Sensor sensor, Duration interval) {}

  /**
   * What was done since the start. sampled = taken by the recorder + not taken.
   *
   * @param sampled readings made
   * @param failures attempts that gave none
   */
  public record Counts(long sampled, long failures) {}

  /**
   * How a sensor is at this moment.
   *
   * @param sensor its name in readings
   * @param kind what it is
   * @param problem why it gives no reading; empty if its last attempt gave one, or there was none
   */
  public record Standing(String sensor, String kind, String problem) {}

  /** Nothing is read before {@link #start}. */
  public Sampler(List<Pace> paces, Recorder recorder) {
    this(paces, recorder, InstantSource.system(), RETRY_MAX);
  }

  /** Where an attempt may last for a while before it counts as a problem. */
  Sampler(List<Pace> paces, Recorder recorder, InstantSource clock, Duration patience) {
    ThreadFactory names =
        task -> {
          Thread thread = new Thread(task, "sensor");
          thread.setDaemon(true); // a stuck driver must not keep the process
          return thread;
        };
    threads = new ScheduledThreadPoolExecutor(Math.max(1, paces.size()), names);
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    patienceNanos = patience.toNanos();
    tasks = paces.stream().map(pace -> new Task(pace, recorder, clock)).toList();
  }

  /** Begins; each sensor is read at once and then at its pace. */
  public void start() {
    for (Task task : tasks) {
      task.nextNanos = System.nanoTime();
      threads.schedule(task, 0, TimeUnit.NANOSECONDS);
    }
  }

  public Counts counts() {
    return new Counts(sampled.get(), failures.get());
  }

  /** How each sensor is. */
  public List<Standing> sensors() {
    return tasks.stream().map(Task::standing).toList();
  }

  /**
   * Whether some sensor is attended to: its attempt under way, or the one that is due, is not older
   * than {@code patience}.
   */
  public boolean attendsWithin(Duration patience) {
    long now = System.nanoTime();
    return tasks.stream().anyMatch(task -> task.lateNanos(now) <= patience.toNanos());
  }

  /**
   * Stops; a reading under way may still be recorded within the next seconds, none after this has
   * returned.
   */
  @Override
  public void close() throws InterruptedException {
    threads.shutdown();
    if (!threads.awaitTermination(STOP_MAX.toNanos(), TimeUnit.NANOSECONDS)) {
      threads.shutdownNow();
      log.warn("A sensor did not finish its reading within {}; it is left behind", STOP_MAX);
    }
    tasks.forEach(Task::retire);
  }

  /** One sensor's life; run by one thread at a time. */
  private final class Task implements Runnable {
    private final Pace pace;
    private final Recorder recorder;
    private final InstantSource clock;
    private final Object retirement = new Object();
    private boolean retired;
    private volatile long nextNanos;

    /** When the attempt under way began; 0 if there is none. */
    private volatile long beganNanos;

    /** Of the last attempt; empty if it gave a reading. */
    private volatile String problem = "";

    private int failuresInARow;

    Task(Pace pace, Recorder recorder, InstantSource clock) {
      this.pace = pace;
      this.recorder = recorder;
      this.clock = clock;
    }

    @Override
    public void run() {
      beganNanos = System.nanoTime() | 1;
      try {
        sample();
        problem = "";
      } catch (SensorException e) {
        failed(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException | LinkageError e) {
        // A driver's native part may be missing; the sensor fails then, and says so, as any other.
        log.debug("Driver fault", e);
        failed(e);
      } finally {
        beganNanos = 0;
      }
      scheduleNext();
    }

    private void sample() throws SensorException, InterruptedException {
      Map<String, Value> values = pace.sensor().read();
      Instant now = clock.instant();
      long nanos =
          Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
      Reading reading = new Reading(pace.id(), pace.sensor().kind(), nanos, values);
      synchronized (retirement) {
        if (retired) {
          return;
        }
        sampled.incrementAndGet();
        recorder.record(reading);
      }
      if (failuresInARow > 0) {
        log.info("Sensor {} works again after {} failed attempts", pace.id(), failuresInARow);
        failuresInARow = 0;
      }
    }

    private void failed(Throwable failure) {
      failures.incrementAndGet();
      failuresInARow++;
      String words = failure.getMessage();
      problem = words == null || words.isBlank() ? failure.getClass().getSimpleName() : words;
      if (failuresInARow == 1) {
        log.warn(
            "Sensor {} ({}) gives no reading: {}. It is tried again, ever more rarely up to every {}",
            pace.id(),
            pace.sensor().kind(),
            problem,
            longest());
      }
    }

    Standing standing() {
      long began = beganNanos;
      long underWay = began == 0 ? 0 : System.nanoTime() - began;
      String now =
          underWay > patienceNanos
              ? "has been silent for %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(underWay))
              : problem;
      return new Standing(pace.id(), pace.sensor().kind(), now);
    }

    /** How long its attempt has been under way, or due; negative if it is not due yet. */
    long lateNanos(long now) {
      long began = beganNanos;
      return now - (began == 0 ? nextNanos : began);
    }

    private Duration longest() {
      return pace.interval().compareTo(RETRY_MAX) > 0 ? pace.interval() : RETRY_MAX;
    }

    /** On the grid of its interval while it works; doubling from there while it fails. */
    private void scheduleNext() {
      long interval = pace.interval().toNanos();
      long now = System.nanoTime();
      if (failuresInARow == 0) {
        long late = Math.max(0, now - nextNanos);
        nextNanos += interval * (1 + late / interval);
      } else {
        double doubled = Math.scalb((double) interval, Math.min(failuresInARow - 1, 30));
        nextNanos = now + (long) Math.min(doubled, longest().toNanos());
      }
      if (!threads.isShutdown()) {
        threads.schedule(this, nextNanos - now, TimeUnit.NANOSECONDS);
      }
    }

    private void retire() {
      synchronized (retirement) {
        retired = true;
      }
      if (threads.isTerminated()) {
        pace.sensor().close(); // a stuck one is left to the end of the process
      }
    }
  }
}
