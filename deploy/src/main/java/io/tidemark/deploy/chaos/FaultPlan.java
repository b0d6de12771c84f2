package io.tidemark.deploy.chaos;

import io.tidemark.deploy.pipeline.Own;
import io.tidemark.deploy.pipeline.Pipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Which faults come when: a function of the seed, the number of gateways, what each has of its own
 * and the time there is, and of nothing else; what is planned for a longer time begins with what is
 * planned for a shorter one.
 *
 * <p>One fault every nine seconds. At most a minority of the gateways is struck at a time, unless a
 * fault is meant to take the majority; ingest may be away beside a gateway. Of the faults up to any
 * moment at least half are SIGKILLs.
 *
 * @param seed what it was made from
 * @param gateways how many there are: g1, g2, ...
 * @param faults the first to come first
 */
public record FaultPlan(long seed, int gateways, List<PlannedFault> faults) {
  /** The name ingest has as a target. */
  static final String INGEST = "ingest";

  /** Time for the devices to be at their gateways. */
  private static final Duration FIRST = Duration.ofSeconds(2);

  private static final Duration SLOT = Duration.ofSeconds(9);
  private static final Duration JITTER = Duration.ofSeconds(1);

  /** The shortest run that has a fault. */
  public static final Duration SHORTEST = FIRST.plus(SLOT);

  /** As far as is planned. */
  public static final Duration LONGEST = Duration.ofHours(24);

  // Within a slot there is time for an outage and for coming back.
  private static final Lasting SHORT = new Lasting(3_000, 5_500);
  private static final Lasting SHORT_SILENCE = new Lasting(4_000, 6_500);

  // Those that take longer have two, and in the second one ingest is killed beside them.
  private static final Lasting LONG = new Lasting(8_000, 12_000);
  private static final Lasting LONG_SILENCE = new Lasting(7_000, 10_000);

  /** Of a fault, in milliseconds. */
  private record Lasting(int minMillis, int maxMillis) {
    Duration choose(SplittableRandom random) {
      return Duration.ofMillis(random.nextInt(minMillis, maxMillis + 1));
    }
  }

  /** How long those that come and go are away, and back in between. */
  private record Flapping(Lasting away, Lasting back) {
    /** Connections bear it, as a rule, and so do leaders. */
    static final Flapping QUICK = new Flapping(new Lasting(200, 1_000), new Lasting(200, 1_000));

    /** Away for longer than an election takes, and back for too short a time to go on as before. */
    static final Flapping SLOW = new Flapping(new Lasting(2_000, 4_000), new Lasting(500, 2_500));

    /** When they are back and away in turn; away in the end. */
    List<Duration> turns(SplittableRandom random, Duration outage) {
      List<Duration> turns = new ArrayList<>();
      Duration back = away.choose(random);
      Duration gone = back.plus(this.back.choose(random));
      while (gone.compareTo(outage) < 0) {
        turns.add(back);
        turns.add(gone);
        back = gone.plus(away.choose(random));
        gone = back.plus(this.back.choose(random));
      }
      return turns;
    }
  }

  /** A fault of which only the time, the targets, the exact length and its turns are open. */
  private record Draft(FaultKind kind, Lasting lasting, @Nullable Flapping flapping) {
    Draft(FaultKind kind, Lasting lasting) {
      this(kind, lasting, null);
    }
  }

  /** What comes in one row: a round has each of them once, in an order of its own. */
  private static final List<List<Draft>> ANY_CLUSTER =
      List.of(
          List.of(new Draft(FaultKind.KILL, SHORT)),
          List.of(new Draft(FaultKind.TEAR, SHORT)),
          List.of(new Draft(FaultKind.KILL, LONG), new Draft(FaultKind.KILL_INGEST, SHORT)),
          List.of(new Draft(FaultKind.FREEZE, SHORT_SILENCE)),
          List.of(
              new Draft(FaultKind.FREEZE, LONG_SILENCE), new Draft(FaultKind.KILL_INGEST, SHORT)),
          List.of(new Draft(FaultKind.RESTART, SHORT)),
          List.of(new Draft(FaultKind.KILL, SHORT), new Draft(FaultKind.KILL_IN_TURN, SHORT)));

  /** What only a cluster of several has beside. */
  private static final List<List<Draft>> SEVERAL =
      List.of(
          List.of(new Draft(FaultKind.LOSE_DISK, SHORT)),
          List.of(new Draft(FaultKind.KILL_MAJORITY, SHORT)),
          List.of(new Draft(FaultKind.POWER_CUT, SHORT)));

  /** What a cluster has beside whose gateways can be cut off from one another. */
  private static final List<List<Draft>> PARTITIONS =
      List.of(
          List.of(new Draft(FaultKind.ISOLATE, SHORT_SILENCE)),
          List.of(new Draft(FaultKind.UNPLUG, SHORT_SILENCE)),
          List.of(
              new Draft(FaultKind.ISOLATE, LONG_SILENCE), new Draft(FaultKind.KILL_INGEST, SHORT)),
          List.of(new Draft(FaultKind.ISOLATE_ALL, SHORT)),
          List.of(new Draft(FaultKind.KILL, SHORT), new Draft(FaultKind.MUTE, SHORT_SILENCE)),
          List.of(new Draft(FaultKind.KILL, SHORT), new Draft(FaultKind.DEAFEN, SHORT_SILENCE)),
          List.of(
              new Draft(FaultKind.BRIDGE, LONG_SILENCE), new Draft(FaultKind.KILL_INGEST, SHORT)),
          List.of(
              new Draft(FaultKind.FLAP, LONG, Flapping.QUICK),
              new Draft(FaultKind.KILL_INGEST, SHORT)),
          List.of(
              new Draft(FaultKind.FLAP, LONG, Flapping.SLOW),
              new Draft(FaultKind.KILL_INGEST, SHORT)),
          List.of(new Draft(FaultKind.LOSE_INGEST, LONG), new Draft(FaultKind.KILL_INGEST, SHORT)));

  /** What a cluster has beside whose gateways have disks of their own. */
  private static final List<List<Draft>> DISKS =
      List.of(
          List.of(new Draft(FaultKind.FILL_DISK, SHORT_SILENCE)),
          List.of(
              new Draft(FaultKind.FILL_DISK, LONG_SILENCE),
              new Draft(FaultKind.KILL_INGEST, SHORT)),
          List.of(new Draft(FaultKind.STALL_DISK, SHORT_SILENCE)));

  /** What any has beside whose gateways have clocks of their own. */
  private static final List<List<Draft>> CLOCKS =
      List.of(
          List.of(new Draft(FaultKind.KILL, SHORT), new Draft(FaultKind.CLOCK_AHEAD, SHORT)),
          List.of(new Draft(FaultKind.CLOCK_BEHIND, SHORT)));

  /** Copies the list. */
  public FaultPlan {
    faults = List.copyOf(faults);
  }

  /** No faults at all. */
  public static FaultPlan none() {
    return new FaultPlan(0, 0, List.of());
  }

  /**
   * All that there is time for, at most for {@link #LONGEST}.
   *
   * @param own what each gateway has of its own, and can be struck by
   */
  public static FaultPlan of(long seed, int gateways, Own own, Duration runFor) {
    List<List<Draft>> rows = new ArrayList<>(ANY_CLUSTER);
    if (gateways > 1) {
      rows.addAll(SEVERAL);
      rows.addAll(own.networks() ? PARTITIONS : List.of());
    }
    rows.addAll(own.disks() ? DISKS : List.of());
    rows.addAll(own.clocks() ? CLOCKS : List.of());
    return new Planner(seed, gateways, rows).plan(runFor);
  }

  /** Makes one plan. */
  private static final class Planner {
    private final long seed;
    private final int gateways;
    private final List<List<Draft>> rows;
    private final SplittableRandom random;
    private final List<PlannedFault> faults = new ArrayList<>();

    Planner(long seed, int gateways, List<List<Draft>> rows) {
      this.seed = seed;
      this.gateways = gateways;
      this.rows = rows;
      this.random = new SplittableRandom(seed);
    }

    FaultPlan plan(Duration runFor) {
      Duration planned = runFor.compareTo(LONGEST) < 0 ? runFor : LONGEST;
      long slots = Math.max(0, planned.minus(FIRST).dividedBy(SLOT));
      while (faults.size() < slots) {
        for (Draft draft : round()) {
          faults.add(fault(draft));
        }
      }
      return new FaultPlan(seed, gateways, faults.subList(0, (int) slots));
    }

    /** A round's faults, the rows in any order in which kills are never outnumbered. */
    private List<Draft> round() {
      List<List<Draft>> left = new ArrayList<>(rows);
      Collections.shuffle(left, new Random(random.nextLong()));
      List<Draft> round = new ArrayList<>();
      while (!left.isEmpty()) {
        List<Draft> next =
            left.stream().filter(row -> killsPrevail(round, row)).findFirst().orElseThrow();
        left.remove(next);
        round.addAll(next);
      }
      return round;
    }

    private static boolean killsPrevail(List<Draft> before, List<Draft> row) {
      int lead = lead(before);
      for (int i = 1; i <= row.size(); i++) {
        if (lead + lead(row.subList(0, i)) < 0) {
          return false;
        }
      }
      return true;
    }

    /** By how many the kills are more than the others. */
    private static int lead(List<Draft> drafts) {
      return drafts.stream().mapToInt(draft -> draft.kind.isKill() ? 1 : -1).sum();
    }

    private PlannedFault fault(Draft draft) {
      Duration outage = draft.lasting.choose(random);
      Duration slot =
          FIRST
              .plus(SLOT.multipliedBy(faults.size()))
              .plusMillis(random.nextLong(JITTER.toMillis()));
      // As soon as the one before is back: it is waited for.
      Duration at = draft.kind == FaultKind.KILL_IN_TURN ? last().at().plus(last().outage()) : slot;
      List<String> targets = targets(draft.kind);
      List<Duration> turns =
          draft.flapping == null ? List.of() : draft.flapping.turns(random, outage);
      return new PlannedFault(faults.size() + 1, at, draft.kind, targets, outage, turns);
    }

    private List<String> targets(FaultKind kind) {
      int minority = Math.max(1, (gateways - 1) / 2);
      return switch (kind) {
        case KILL_INGEST -> List.of(INGEST);
        case POWER_CUT, ISOLATE_ALL -> some(gateways, List.of());
        case KILL_MAJORITY -> some(gateways / 2 + 1, List.of());
        case KILL,
            TEAR,
            FREEZE,
            ISOLATE,
            UNPLUG,
            MUTE,
            DEAFEN,
            FLAP,
            FILL_DISK,
            STALL_DISK,
            CLOCK_AHEAD,
            CLOCK_BEHIND ->
            some(random.nextInt(1, minority + 1), List.of());
        case BRIDGE -> some(gateways - 1, List.of());
        case LOSE_INGEST -> some(random.nextInt(1, gateways), List.of());
        case LOSE_DISK -> some(1, List.of());
        case KILL_IN_TURN -> some(1, gateways > 1 ? last().targets() : List.of());
        case RESTART -> some(1, List.of());
      };
    }

    /** So many gateways, none of these, in the order of their names. */
    private List<String> some(int count, List<String> without) {
      List<String> names = new ArrayList<>(Pipeline.gatewayIds(gateways));
      names.removeAll(without);
      Collections.shuffle(names, new Random(random.nextLong()));
      return names.subList(0, count).stream().sorted().toList();
    }

    private PlannedFault last() {
      return faults.get(faults.size() - 1);
    }
  }
}
