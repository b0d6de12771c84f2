package io.tidemark.deploy.chaos;

/** One way to strike a target, and how that is undone. Keeps no state. */
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

  /** What is done to a target. */
  interface Act {
    void on(Target target) throws InterruptedException;
  }

  /**
   * True if the strike has taken effect, so that it can be undone. Afterwards what was struck comes
   * back by itself, and is ready some time later.
   */
  boolean inEffect(Target target) {
    return target.isAlive() != endsProcesses;
  }
}
