package io.tidemark.sim.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.times.Recurrence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.NullUnmarked;

/** A plan is a function of its patterns and its seed. */
@NullUnmarked
class FaultPlanTest {
  private static final Duration WHOLE = Duration.ofMinutes(5);

  @Example
  void theSameSeedIsTheSamePlanOnEveryMachine() {
    List<String> faults =
        new FaultPlan(Profile.MOBILE.patterns(), 7)
            .between(Duration.ZERO, WHOLE).stream().map(Fault::text).toList();
    assertThat(faults)
        .containsExactly(
            "latency 80ms jitter 60ms from 0s",
            "loss 1% from 0s",
            "duplicate 0.2% from 0s",
            "bandwidth 2Mbit from 0s",
            "freeze from 53490ms to 56490ms",
            "freeze from 78865ms to 81865ms",
            "cut from 87800ms to 95800ms",
            "freeze from 171324ms to 174324ms",
            "freeze from 197334ms to 200334ms",
            "silent-cut from 245782ms to 247782ms",
            "freeze from 265s to 268s");
  }

  @Example
  void anotherSeedIsAnotherPlan() {
    assertThat(new FaultPlan(Profile.MOBILE.patterns(), 8).between(Duration.ZERO, WHOLE))
        .isNotEqualTo(new FaultPlan(Profile.MOBILE.patterns(), 7).between(Duration.ZERO, WHOLE));
  }

  @Example
  void aPlanOfFaultsHasThese() {
    Fault cut = new Fault(new Effect.Cut(), Duration.ofSeconds(3), Duration.ofSeconds(5));
    Fault slow =
        new Fault(
            new Effect.Latency(Duration.ofMillis(5), Duration.ZERO),
            Duration.ofSeconds(1),
            Recurrence.FOREVER);
    FaultPlan plan = FaultPlan.of(List.of(cut, slow));
    assertThat(plan.between(Duration.ZERO, WHOLE)).containsExactly(slow, cut);
    assertThat(plan.at(Duration.ofSeconds(5))).containsExactly(slow);
    assertThat(plan.nextChange(Duration.ofSeconds(5))).isNull();
  }

  @Property(tries = 300)
  void walkingFromChangeToChangeMeetsEveryFault(
      @ForAll("patterns") List<FaultPattern> patterns, @ForAll long seed) {
    FaultPlan plan = new FaultPlan(patterns, seed);
    Set<Fault> met = new LinkedHashSet<>();
    List<Fault> before = new ArrayList<>();
    for (Duration at = Duration.ZERO;
        at != null && at.compareTo(WHOLE) < 0;
        at = plan.nextChange(at)) {
      List<Fault> now = plan.at(at);
      for (Fault fault : now) {
        assertThat(fault.from()).isLessThanOrEqualTo(at);
        assertThat(fault.until()).isGreaterThan(at);
      }
      if (!at.isZero()) {
        assertThat(now).as("something changes at %s", at).isNotEqualTo(before);
      }
      before = now;
      met.addAll(now);
    }
    assertThat(met).isEqualTo(new LinkedHashSet<>(plan.between(Duration.ZERO, WHOLE)));
  }

  @Property(tries = 300)
  void whatComesRandomlyComesOnceInEachPeriodAndIsOverInIt(@ForAll long seed) {
    FaultPattern pattern = FaultSyntax.parse("cut for 4s randomly every 10s");
    List<Fault> faults =
        new FaultPlan(List.of(pattern), seed).between(Duration.ZERO, Duration.ofSeconds(100));
    assertThat(faults).hasSize(10);
    for (int i = 0; i < faults.size(); i++) {
      assertThat(faults.get(i).from()).isGreaterThanOrEqualTo(Duration.ofSeconds(10L * i));
      assertThat(faults.get(i).until()).isLessThanOrEqualTo(Duration.ofSeconds(10L * i + 10));
    }
  }

  @Provide
  Arbitrary<List<FaultPattern>> patterns() {
    Arbitrary<Duration> seconds = Arbitraries.integers().between(0, 60).map(Duration::ofSeconds);
    Arbitrary<Duration> some = Arbitraries.integers().between(1, 40).map(Duration::ofSeconds);
    Arbitrary<FaultPattern> once =
        Combinators.combine(seconds, some)
            .as((at, length) -> FaultPattern.once(new Effect.Cut(), at, length));
    Arbitrary<FaultPattern> often =
        Combinators.combine(seconds, some, seconds, Arbitraries.of(true, false))
            .as(
                (at, length, more, randomly) ->
                    new FaultPattern(
                        new Effect.Freeze(),
                        new Recurrence(
                            at,
                            length,
                            length.plus(more),
                            at.plus(length.multipliedBy(9)),
                            randomly)));
    return Arbitraries.oneOf(once, often).list().ofMaxSize(4);
  }
}
