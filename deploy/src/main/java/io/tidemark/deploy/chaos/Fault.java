package io.tidemark.deploy.chaos;

import java.util.List;

/** One way to strike targets, and how that is undone. Keeps no state. */
record Fault(Act begin, Act end, boolean endsProcesses) {
  /** SIGKILL, and started again. */
  static final Fault KILL = new Fault(Target::kill, Target::start, true);

  /** SIGKILL, and started again with what it was just writing half written. */
  static final Fault TEAR = new Fault(Target::tear, Target::start, true);

  /** SIGKILL, and started again with an empty data folder. */
  static final Fault LOSE_DISK = new Fault(Target::loseDisk, Target::start, true);

  /** SIGTERM, and started again once it has ended. */
  static final Fault RESTART = new Fault(Target::terminate, Target::start, true);

  /**
   * SIGSTOP and SIGCONT: to others a machine that does not answer, to itself time that is missing.
   */
  static final Fault FREEZE = new Fault(Target::freeze, Target::thaw, false);

  /** Out of the other gateways' reach, but not of devices' and ingest's. */
  static final Fault ISOLATE = new Fault(Target::isolate, Target::rejoin, false);

  /** Out of everybody's reach. */
  static final Fault UNPLUG = new Fault(Target::unplug, Target::rejoin, false);

  /** Not heard by the other gateways, but hearing them. */
  static final Fault MUTE = new Fault(Target::mute, Target::rejoin, false);

  /** Not hearing the other gateways, but heard by them. */
  static final Fault DEAFEN = new Fault(Target::deafen, Target::rejoin, false);

  /** In two halves that do not reach each other; who is not struck reaches both. */
  static final Fault BRIDGE = new Fault(Fault::partHalves, each(Target::rejoin), false);

  /** Out of ingest's reach, but not of devices' and other gateways'. */
  static final Fault LOSE_INGEST = new Fault(Target::loseIngest, Target::rejoin, false);

  /** Nothing more fits on its disk, until there is room again. */
  static final Fault FILL_DISK = new Fault(Target::fillDisk, Target::makeRoom, false);

  /** Who writes to its disk waits. */
  static final Fault STALL_DISK = new Fault(Target::stallDisk, Target::resumeDisk, false);

  /** Its clock jumps a day ahead, and back. */
  static final Fault CLOCK_AHEAD = new Fault(Target::clockAhead, Target::clockRight, false);

  /** Its clock jumps a year back, as after a start without a network, and is set right. */
  static final Fault CLOCK_BEHIND = new Fault(Target::clockBehind, Target::clockRight, false);

  /** What is done to all targets together. */
  interface Act {
    void on(List<Target> targets) throws InterruptedException;
  }

  /** What is done to one target as to any other. */
  interface EachAct {
    void on(Target target) throws InterruptedException;
  }

  /** One that strikes each target by itself. */
  Fault(EachAct begin, EachAct end, boolean endsProcesses) {
    this(each(begin), each(end), endsProcesses);
  }

  private static Act each(EachAct act) {
    return targets -> {
      for (Target target : targets) {
        act.on(target);
      }
    };
  }

  private static void partHalves(List<Target> targets) throws InterruptedException {
    int half = targets.size() / 2;
    for (Target one : targets.subList(0, half)) {
      for (Target other : targets.subList(half, targets.size())) {
        one.part(other);
      }
    }
  }

  /**
   * True if the strike has taken effect, so that it can be undone. Afterwards what was struck comes
   * back by itself, and is ready some time later.
   */
  boolean inEffect(Target target) {
    return target.isAlive() != endsProcesses;
  }
}
