package io.tidemark.deploy.bench;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Routes;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A device with as many metrics as charts are to be live, which sends one reading a second of all
 * of them, by a thread of its own until it is closed. It begins with as much of the past as its
 * page shows.
 */
final class LiveDevice implements AutoCloseable {
  static final String NAME = "live";

  /** What its page shows, so that its charts are full from the beginning. */
  private static final int HISTORY_SECONDS = 330;

  private static final long SECOND_NANOS = 1_000_000_000L;

  private final URI forward;
  private final int metrics;
  private final long epoch = ThreadLocalRandom.current().nextLong(1, Limits.NUMBER_MAX);
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private long next;
  private volatile @Nullable IOException failure;

  /** Sends nothing yet. */
  LiveDevice(String api, int metrics) {
    this.forward = URI.create(api + Routes.FORWARD_PATH);
    this.metrics = metrics;
  }

  /** Sends its past, and goes on with a reading a second. */
  void start() throws IOException, InterruptedException {
    long now = System.currentTimeMillis() * 1_000_000L;
    List<Reading> past = new ArrayList<>();
    for (int ago = HISTORY_SECONDS; ago > 0; ago--) {
      past.add(reading(now - ago * SECOND_NANOS, next + past.size()));
    }
    send(past);
    var unused = clock.scheduleAtFixedRate(this::sample, 0, 1, TimeUnit.SECONDS);
  }

  private void sample() {
    try {
      send(List.of(reading(System.currentTimeMillis() * 1_000_000L, next)));
    } catch (IOException e) {
      failure = e;
      throw new IllegalStateException(e); // it is not called again
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is being closed
    }
  }

  /**
   * Says whether it goes on sending.
   *
   * @throws IOException why not
   */
  void check() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the live device could not send: " + failed.getMessage(), failed);
    }
  }

  private Reading reading(long timeNanos, long number) {
    Map<String, Value> values = new LinkedHashMap<>();
    for (int metric = 1; metric <= metrics; metric++) {
      double value = 50 + 40 * Math.sin(number / (5.0 + metric)) + Math.sin(number * 1.7 + metric);
      values.put("channel_%02d".formatted(metric), Value.of(Math.round(value * 100) / 100.0));
    }
    return new Reading("probe", "channels", timeNanos, values);
  }

  private void send(List<Reading> readings) throws IOException, InterruptedException {
    long first = next;
    next += readings.size();
    byte[] batch = BatchCodec.encode(Batch.ofReadings(NAME, epoch, first, readings, next, first));
    Poster.post(forward, List.of(BenchRows.request(List.of(new Delivery(NAME, batch)))));
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
