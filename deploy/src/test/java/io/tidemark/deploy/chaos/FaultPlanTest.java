package io.tidemark.deploy.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.Own;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every plan keeps to, whatever the seed. */
class FaultPlanTest {
  private static final int SEEDS = 100;
  private static final Duration TWO_MINUTES = Duration.ofSeconds(120);
  private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

  /** Whoever is struck by these has a majority all the same. */
  private static final Set<FaultKind> LEAVES_MAJORITIES =
      EnumSet.of(FaultKind.BRIDGE, FaultKind.LOSE_INGEST);

  /** Come only where gateways can be cut off. */
  private static final Set<FaultKind> PARTITIONS =
      EnumSet.of(
          FaultKind.ISOLATE,
          FaultKind.UNPLUG,
          FaultKind.ISOLATE_ALL,
          FaultKind.MUTE,
          FaultKind.DEAFEN,
          FaultKind.BRIDGE,
          FaultKind.FLAP,
          FaultKind.LOSE_INGEST);

  /** Come only where each gateway has a disk of its own. */
  private static final Set<FaultKind> DISKS = EnumSet.of(FaultKind.FILL_DISK, FaultKind.STALL_DISK);

  private static final Set<FaultKind> CLOCKS =
      EnumSet.of(FaultKind.CLOCK_AHEAD, FaultKind.CLOCK_BEHIND);

  private static final Own EVERYTHING = new Own(true, true, true);

  static Stream<Arguments> clusters() {
    Own disks = new Own(false, true, false);
    return Stream.of(
        Arguments.of(1, Own.NOTHING),
        Arguments.of(3, Own.NOTHING),
        Arguments.of(5, Own.NOTHING),
        Arguments.of(3, new Own(true, false, false)),
        Arguments.of(5, new Own(true, false, false)),
        Arguments.of(1, disks),
        Arguments.of(3, disks),
        Arguments.of(3, new Own(false, false, true)),
        Arguments.of(1, EVERYTHING),
        Arguments.of(3, EVERYTHING),
        Arguments.of(5, EVERYTHING));
  }

  @Test
  void aSeedHasOnePlan() {
    FaultPlan plan = FaultPlan.of(7, 3, Own.NOTHING, HALF_AN_HOUR);

    assertThat(FaultPlan.of(7, 3, Own.NOTHING, HALF_AN_HOUR)).isEqualTo(plan);
    assertThat(FaultPlan.of(8, 3, Own.NOTHING, HALF_AN_HOUR).faults()).isNotEqualTo(plan.faults());
    assertThat(plan.faults())
        .as("a shorter time's plan is the beginning of a longer one's")
        .startsWith(
            FaultPlan.of(7, 3, Own.NOTHING, TWO_MINUTES).faults().toArray(PlannedFault[]::new));
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void thereAreEnoughFaultsAndHalfOfThemAreKills(int gateways, Own own) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      List<PlannedFault> faults = FaultPlan.of(seed, gateways, own, HALF_AN_HOUR).faults();
      assertThat(faults).hasSizeGreaterThanOrEqualTo(150);
      assertThat(FaultPlan.of(seed, gateways, own, TWO_MINUTES).faults())
          .hasSizeGreaterThanOrEqualTo(12);
      int kills = 0;
      for (PlannedFault fault : faults) {
        kills += fault.kind().isKill() ? 1 : 0;
        assertThat(2 * kills)
            .as("kills in the first %d", fault.number())
            .isGreaterThanOrEqualTo(fault.number());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void faultsLastLongEnoughToBeFelt(int gateways, Own own) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      PlannedFault before = null;
      for (PlannedFault fault : FaultPlan.of(seed, gateways, own, HALF_AN_HOUR).faults()) {
        // Silent for longer than an election takes.
        boolean silence =
            EnumSet.of(
                    FaultKind.FREEZE,
                    FaultKind.ISOLATE,
                    FaultKind.UNPLUG,
                    FaultKind.MUTE,
                    FaultKind.DEAFEN,
                    FaultKind.BRIDGE,
                    FaultKind.FILL_DISK,
                    FaultKind.STALL_DISK)
                .contains(fault.kind());
        assertThat(fault.outage())
            .isBetween(Duration.ofSeconds(silence ? 4 : 3), Duration.ofSeconds(silence ? 10 : 12));
        assertThat(fault.at().plus(fault.outage())).isLessThanOrEqualTo(HALF_AN_HOUR);
        assertThat(before == null || fault.at().compareTo(before.at()) > 0).isTrue();
        before = fault;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void onlyWhatIsMeantToTakesTheMajority(int gateways, Own own) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      List<PlannedFault> faults = FaultPlan.of(seed, gateways, own, HALF_AN_HOUR).faults();
      for (PlannedFault fault : faults) {
        Set<String> away = awayAt(fault.at(), faults);
        if (gateways > 1) {
          assertThat(away.size() * 2 > gateways)
              .as("seed %d, fault %d: %s away", seed, fault.number(), away)
              .isEqualTo(fault.kind().takesMajority());
        } else {
          assertThat(fault.kind().takesMajority()).isFalse();
        }
      }
    }
  }

  /** The gateways that cannot commit at this moment. */
  private static Set<String> awayAt(Duration at, List<PlannedFault> faults) {
    Set<String> away = new HashSet<>();
    for (PlannedFault fault : faults) {
      boolean struck =
          fault.at().compareTo(at) <= 0 && fault.at().plus(fault.outage()).compareTo(at) > 0;
      if (struck && fault.strikesGateways() && !LEAVES_MAJORITIES.contains(fault.kind())) {
        away.addAll(fault.targets());
      }
    }
    return away;
  }

  @Test
  void everyKindComesSoonAndEveryGatewayWithinHalfAnHour() {
    Set<FaultKind> always = EnumSet.complementOf(EnumSet.copyOf(PARTITIONS));
    always.removeAll(DISKS);
    always.removeAll(CLOCKS);
    for (int seed = 1; seed <= SEEDS; seed++) {
      assertThat(kinds(FaultPlan.of(seed, 3, Own.NOTHING, TWO_MINUTES))).isEqualTo(always);
      assertThat(kinds(FaultPlan.of(seed, 3, EVERYTHING, Duration.ofSeconds(343))))
          .isEqualTo(EnumSet.allOf(FaultKind.class));
      assertThat(
              FaultPlan.of(seed, 5, Own.NOTHING, HALF_AN_HOUR).faults().stream()
                  .flatMap(fault -> fault.targets().stream()))
          .contains("g1", "g2", "g3", "g4", "g5", "ingest");
    }
    assertThat(kinds(FaultPlan.of(7, 1, EVERYTHING, HALF_AN_HOUR)))
        .as("there is nobody to be cut off from")
        .doesNotContainAnyElementsOf(PARTITIONS)
        .as("nor to be filled up by")
        .doesNotContain(FaultKind.LOSE_DISK);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5})
  void whatFlapsTurnsQuickerAndSlowerThanElections(int gateways) {
    boolean quick = false;
    boolean slow = false;
    for (PlannedFault fault :
        FaultPlan.of(7, gateways, new Own(true, false, false), HALF_AN_HOUR).faults()) {
      if (fault.kind() != FaultKind.FLAP) {
        assertThat(fault.turns()).isEmpty();
        continue;
      }
      List<Duration> turns = fault.turns();
      assertThat(turns).isNotEmpty().isSorted();
      assertThat(turns.size() % 2).as("it is away when its time is over").isZero();
      assertThat(turns.get(turns.size() - 1)).isLessThan(fault.outage());
      boolean brief = turns.get(0).compareTo(Duration.ofSeconds(1)) <= 0;
      for (int i = 0; i < turns.size(); i += 2) {
        Duration away = i == 0 ? turns.get(0) : turns.get(i).minus(turns.get(i - 1));
        assertThat(away)
            .isBetween(Duration.ofMillis(brief ? 200 : 2_000), Duration.ofSeconds(brief ? 1 : 4));
      }
      quick |= brief;
      slow |= !brief;
    }
    assertThat(quick && slow).isTrue();
  }

  @Test
  void aBridgeLeavesOneBetweenAndSomebodyReachesIngest() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      for (PlannedFault fault :
          FaultPlan.of(seed, 5, new Own(true, false, false), HALF_AN_HOUR).faults()) {
        if (fault.kind() == FaultKind.BRIDGE) {
          assertThat(fault.targets()).hasSize(4);
        } else if (fault.kind() == FaultKind.LOSE_INGEST) {
          assertThat(fault.targets()).hasSizeBetween(1, 4);
        }
      }
    }
  }

  private static Set<FaultKind> kinds(FaultPlan plan) {
    return plan.faults().stream()
        .map(PlannedFault::kind)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(FaultKind.class)));
  }

  @Test
  void whatIsKilledInTurnIsAnotherGateway() {
    List<PlannedFault> faults = FaultPlan.of(7, 3, Own.NOTHING, HALF_AN_HOUR).faults();
    for (int i = 1; i < faults.size(); i++) {
      if (faults.get(i).kind() == FaultKind.KILL_IN_TURN) {
        PlannedFault before = faults.get(i - 1);
        assertThat(before.kind()).isEqualTo(FaultKind.KILL);
        assertThat(faults.get(i).targets()).doesNotContainAnyElementsOf(before.targets());
        assertThat(faults.get(i).at()).isEqualTo(before.at().plus(before.outage()));
      }
    }
  }

  @Test
  void thereIsNoFaultInTooShortATimeAndNoEndOfThemInALongOne() {
    assertThat(FaultPlan.of(7, 3, Own.NOTHING, FaultPlan.SHORTEST.minusMillis(1)).faults())
        .isEmpty();
    assertThat(FaultPlan.of(7, 3, Own.NOTHING, FaultPlan.SHORTEST).faults()).hasSize(1);
    assertThat(FaultPlan.of(7, 3, Own.NOTHING, Duration.ofDays(36_500)).faults())
        .isEqualTo(FaultPlan.of(7, 3, Own.NOTHING, FaultPlan.LONGEST).faults());
    List<PlannedFault> day = FaultPlan.of(7, 3, Own.NOTHING, FaultPlan.LONGEST).faults();
    assertThat(day.get(day.size() - 1).at()).isLessThan(FaultPlan.LONGEST);
    assertThat(FaultPlan.none().faults()).isEmpty();
  }
}
