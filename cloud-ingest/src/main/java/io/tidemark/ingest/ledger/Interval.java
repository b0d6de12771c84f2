package io.tidemark.ingest.ledger;

/**
 * Numbers of which the same is recorded.
 *
 * @param first lowest number
 * @param last highest number, inclusive
 * @param state what is recorded
 * @param reason why a device dropped them; empty otherwise
 */
public record Interval(long first, long last, State state, String reason) {
  /** Checks the order. */
  public Interval {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("not an interval: " + first + " to " + last);
    }
  }

  /** Numbers in it. */
  public long count() {
    return last - first + 1;
  }

  boolean sameAs(Interval other) {
    return is(other.state, other.reason);
  }

  boolean is(State aState, String aReason) {
    return state == aState && reason.equals(aReason);
  }

  Interval from(long newFirst) {
    return new Interval(newFirst, last, state, reason);
  }

  Interval to(long newLast) {
    return new Interval(first, newLast, state, reason);
  }
}
