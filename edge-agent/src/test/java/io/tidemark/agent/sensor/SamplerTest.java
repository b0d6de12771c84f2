package io.tidemark.agent.sensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final Duration FAST = Duration.ofMillis(20);

  /** For what comes every 20 ms, however busy the machine is. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Queue<Reading> recorded = new ConcurrentLinkedQueue<>();

  @Test
  void readingsCarryIdKindTimeAndValues() throws Exception {
    Instant now = Instant.parse("2026-01-02T03:04:05.000000678Z");
    try (Sampler sampler =
        new Sampler(
            List.of(new Sampler.Pace("roof", new Fake(), FAST)), recorded::add, () -> now, FAST)) {
      sampler.start();
      await().until(() -> !recorded.isEmpty());
    }
    assertThat(recorded.peek())
        .isEqualTo(
            new Reading("roof", "fake", 1_767_323_045_000_000_678L, Map.of("x", Value.of(1))));
  }

  @Test
  void aStuckSensorDelaysNoOther() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Fake stuck =
        new Fake() {
          @Override
          public Map<String, Value> read() throws SensorException, InterruptedException {
            release.await();
            return super.read();
          }
        };
    Sampler sampler =
        sampler(
            new Sampler.Pace("stuck", stuck, FAST), new Sampler.Pace("quick", new Fake(), FAST));
    sampler.start();
    await().until(() -> recorded.size() >= 5);
    assertThat(recorded).allMatch(reading -> reading.sensor().equals("quick"));
    await().until(() -> problem(sampler, "stuck").startsWith("has been silent for "));
    assertThat(problem(sampler, "quick")).isEmpty();
    assertThat(sampler.attendsWithin(PATIENCE)).as("to the others").isTrue();
    release.countDown();
    await().until(() -> recorded.stream().anyMatch(reading -> reading.sensor().equals("stuck")));
    await().until(() -> problem(sampler, "stuck").isEmpty());
    sampler.close();
  }

  @Test
  void whoIsStuckWithAllOfThemAttendsToNone() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Fake stuck =
        new Fake() {
          @Override
          public Map<String, Value> read() throws SensorException, InterruptedException {
            release.await();
            return super.read();
          }
        };
    Sampler sampler = sampler(new Sampler.Pace("stuck", stuck, FAST));
    sampler.start();
    await().until(() -> !sampler.attendsWithin(Duration.ofMillis(50)));
    release.countDown();
    await().until(() -> sampler.attendsWithin(Duration.ofSeconds(1)) && recorded.size() > 1);
    sampler.close();
  }

  @Test
  void eachSensorHasItsOwnPace() throws Exception {
    Sampler sampler =
        sampler(
            new Sampler.Pace("fast", new Fake(), FAST),
            new Sampler.Pace("slow", new Fake(), Duration.ofHours(1)));
    sampler.start();
    await()
        .until(
            () ->
                recorded.stream().filter(reading -> reading.sensor().equals("fast")).count() >= 5);
    sampler.close();
    assertThat(recorded.stream().filter(reading -> reading.sensor().equals("slow"))).hasSize(1);
  }

  @Test
  void aFailingSensorBacksOffIsCountedAndRecovers() throws Exception {
    AtomicBoolean failing = new AtomicBoolean(true);
    AtomicInteger attempts = new AtomicInteger();
    Fake moody =
        new Fake() {
          @Override
          public Map<String, Value> read() throws SensorException, InterruptedException {
            attempts.incrementAndGet();
            if (failing.get()) {
              throw new SensorException("no");
            }
            return super.read();
          }
        };
    long start = System.nanoTime();
    Sampler sampler = sampler(new Sampler.Pace("moody", moody, FAST));
    sampler.start();
    await().until(() -> attempts.get() >= 5);
    // 20 + 20 + 40 + 80 ms at least lie between five attempts, where its pace would need 80
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(150));
    assertThat(sampler.counts().sampled()).isZero();
    assertThat(sampler.sensors()).containsExactly(new Sampler.Standing("moody", "fake", "no"));
    failing.set(false);
    await().until(() -> recorded.size() >= 3);
    assertThat(sampler.sensors()).containsExactly(new Sampler.Standing("moody", "fake", ""));
    assertThat(sampler.counts().failures()).isGreaterThanOrEqualTo(5);
    sampler.close();
    assertThat(sampler.counts().sampled()).isEqualTo(recorded.size());
  }

  @Test
  void aDriversFaultIsAFailureLikeAnyOther() throws Exception {
    AtomicReference<Sampler> reading = new AtomicReference<>();
    Queue<String> problems = new ConcurrentLinkedQueue<>();
    Fake faulty =
        new Fake() {
          @Override
          public Map<String, Value> read() throws SensorException, InterruptedException {
            problems.add(problem(reading.get(), "faulty")); // of the attempt before
            return switch (problems.size()) {
              case 1 -> throw new IllegalArgumentException();
              case 2 -> throw new UnsatisfiedLinkError("no native part");
              default -> super.read();
            };
          }
        };
    Sampler sampler = sampler(new Sampler.Pace("faulty", faulty, FAST));
    reading.set(sampler);
    sampler.start();
    await().until(() -> !recorded.isEmpty());
    sampler.close();
    assertThat(problems).startsWith("", "IllegalArgumentException", "no native part");
    assertThat(sampler.counts().failures()).isEqualTo(2);
  }

  @Test
  void nothingIsRecordedOnceItIsClosed() throws Exception {
    Sampler sampler = sampler(new Sampler.Pace("roof", new Fake(), FAST));
    sampler.start();
    await().until(() -> recorded.size() >= 2);
    sampler.close();
    int size = recorded.size();
    await().pollDelay(Duration.ofMillis(100)).until(() -> true);
    assertThat(recorded).hasSize(size);
  }

  private Sampler sampler(Sampler.Pace... paces) {
    return new Sampler(List.of(paces), recorded::add, InstantSource.system(), FAST);
  }

  private static String problem(Sampler sampler, String sensor) {
    return sampler.sensors().stream()
        .filter(standing -> standing.sensor().equals(sensor))
        .map(Sampler.Standing::problem)
        .findFirst()
        .orElseThrow();
  }

  private static class Fake implements Sensor {
    @Override
    public String kind() {
      return "fake";
    }

    @Override
    public Map<String, Value> read() throws SensorException, InterruptedException {
      return Map.of("x", Value.of(1));
    }

    @Override
    public void close() {}
  }
}
