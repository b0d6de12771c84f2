package io.tidemark.deploy.chaos;

/**
 * One way to strike a target, and how that is undone. Keeps no state. Unless it says otherwise it
 * ends a process, which is undone by starting it again.
 */
interface Fault {
  /** SIGKILL, and started again. */
  Fault KILL = Target::kill;

  /** SIGTERM, and started again once it has ended. */
  Fault RESTART = Target::terminate;

  /**
   * SIGSTOP and SIGCONT: to others a machine that does not answer, to itself a time that is
   * missing.
   */
  Fault FREEZE = new Freeze();

  /** Strikes. */
  void begin(Target target) throws InterruptedException;

  /** True if the strike has taken effect, so that it can be undone. */
  default boolean inEffect(Target target) {
    return !target.isAlive();
  }

  /** Undoes it. What was struck comes back by itself from here, and is ready some time later. */
  default void end(Target target) throws InterruptedException {
    target.start();
  }

  /** True if what it strikes ends, so that nobody has to wonder that it has. */
  default boolean endsProcesses() {
    return true;
  }

  /** See {@link #FREEZE}. */
  final class Freeze implements Fault {
    private Freeze() {}

    @Override
    public void begin(Target target) throws InterruptedException {
      target.freeze();
    }

    @Override
    public boolean inEffect(Target target) {
      return target.isAlive();
    }

    @Override
    public void end(Target target) throws InterruptedException {
      target.thaw();
    }

    @Override
    public boolean endsProcesses() {
      return false;
    }
  }
}
