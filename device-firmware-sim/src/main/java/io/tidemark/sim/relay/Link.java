package io.tidemark.sim.relay;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What all parts of a relay share: the state of the link, the time, the limits and the counts. */
final class Link {
  private final long seed;
  private final RelayClock clock;
  private final RelayLimits limits;
  private final AtomicLong lanes = new AtomicLong();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder clients = new LongAdder();
  private final Tally<ConnectionEnd> ended = new Tally<>(ConnectionEnd.class);
  private final Map<Direction, Flow> bytes = flows();
  private final Map<Direction, Flow> datagrams = flows();
  private volatile Conditions conditions = Conditions.GOOD;

  Link(long seed, RelayClock clock, RelayLimits limits) {
    this.seed = seed;
    this.clock = clock;
    this.limits = limits;
  }

  Conditions conditions() {
    return conditions;
  }

  void conditions(Conditions now) {
    conditions = now;
  }

  RelayClock clock() {
    return clock;
  }

  RelayLimits limits() {
    return limits;
  }

  /** The dice of one direction of the next connection or client; they follow each other. */
  long dice() {
    return seed + 0x9E3779B97F4A7C15L * lanes.incrementAndGet();
  }

  void accepted() {
    accepted.increment();
  }

  void ended(ConnectionEnd how) {
    ended.add(how, 1);
  }

  void clients(int change) {
    clients.add(change);
  }

  Flow bytes(Direction direction) {
    return flow(bytes, direction);
  }

  Flow datagrams(Direction direction) {
    return flow(datagrams, direction);
  }

  RelaySums sums() {
    return new RelaySums(
        accepted.sum(), ended.sums(), clients.sum(), passages(bytes), passages(datagrams));
  }

  private static Flow flow(Map<Direction, Flow> flows, Direction direction) {
    Flow flow = flows.get(direction);
    if (flow == null) {
      throw new IllegalStateException("no flow " + direction);
    }
    return flow;
  }

  private static Map<Direction, Flow> flows() {
    Map<Direction, Flow> flows = new EnumMap<>(Direction.class);
    for (Direction direction : Direction.values()) {
      flows.put(direction, new Flow());
    }
    return flows;
  }

  private static Map<Direction, RelaySums.Passage> passages(Map<Direction, Flow> flows) {
    Map<Direction, RelaySums.Passage> passages = new EnumMap<>(Direction.class);
    flows.forEach((direction, flow) -> passages.put(direction, flow.sums()));
    return passages;
  }
}
