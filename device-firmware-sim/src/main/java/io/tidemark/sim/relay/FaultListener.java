package io.tidemark.sim.relay;

/** Hears of faults as they happen. Called on a thread of the relay, which it must not hold up. */
public interface FaultListener {
  /** Hears nothing. */
  FaultListener NONE =
      new FaultListener() {
        @Override
        public void began(Fault fault) {}

        @Override
        public void ended(Fault fault) {}
      };

  /** It is in force now. */
  void began(Fault fault);

  /** It is over. */
  void ended(Fault fault);
}
