package io.tidemark.gateway.intake;

/** Hears what became of a delivery. Must return at once. */
@FunctionalInterface
public interface Receipt {
  /** Called once. */
  void settled(Outcome outcome);
}
