package io.tidemark.sim.relay;

/** What waits in a delay line. Exactly one of the two is called, once. */
interface Parcel {
  /** Its time has come. */
  void pass();

  /** It never will. */
  void discard(LostBy reason);
}
