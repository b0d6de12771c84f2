package io.tidemark.sim.view;

import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.rogue.RogueSums;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What there is to see at a moment.
 *
 * @param devices how many there are
 * @param processors how many this process may use
 * @param now the sums
 * @param latest what was measured in the last second
 * @param rogues what misbehaving devices came to, by kind
 * @param limit the limit that is reached, in words
 * @param faults those of the plan that are in force
 * @param events the last few faults and troubles, the latest first, each with its time
 */
record Frame(
    int devices,
    int processors,
    FleetStats.Snapshot now,
    Interval latest,
    List<RogueSums> rogues,
    @Nullable String limit,
    List<String> faults,
    List<String> events) {}
