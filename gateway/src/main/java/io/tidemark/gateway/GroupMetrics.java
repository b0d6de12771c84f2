package io.tidemark.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.tidemark.gateway.Forwarders.Pair;
import io.tidemark.gateway.replication.ReplicatedLog;
import io.tidemark.gateway.replication.State;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What can be watched of this gateway's replica of each group: of what is behind the mark
 * everybody's, the rest its leader's.
 */
final class GroupMetrics {
  private static final String PREFIX = "tidemark.gateway.log.";
  private static final double MILLIS_IN_SECOND = 1_000;

  private final Map<MultiGauge, ToDoubleFunction<Pair>> gauges = new LinkedHashMap<>();

  GroupMetrics(MeterRegistry registry) {
    add(registry, "bytes", "Size of the log on disk", log -> log.usage().bytes());
    add(registry, "entries", "Log entries above the mark", log -> log.usage().entries());
    add(registry, "committed.index", "Highest committed index", ReplicatedLog::committedIndex);
    gauges.put(
        MultiGauge.builder(PREFIX + "forwarded.index")
            .description(
                "Everything up to this index is forwarded; by the mark where this gateway does not lead")
            .register(registry),
        Pair::forwardedIndex);
    add(
        registry,
        "filled",
        "How much of its room for data the log takes; from 1 on the group takes no more",
        log -> log.usage().filled());
    gauges.put(
        MultiGauge.builder(PREFIX + "oldest.seconds")
            .description(
                "For how long the oldest entry has waited to be forwarded; 0 where this gateway does not lead")
            .register(registry),
        pair -> pair.oldestMillis() / MILLIS_IN_SECOND);
    add(
        registry,
        "leading",
        "1 while this gateway leads the group",
        log -> log.leadership() >= 0 ? 1 : 0);
    add(
        registry,
        "full",
        "1 while the group takes no more",
        log -> log.state().role() == State.Role.FULL ? 1 : 0);
  }

  private void add(
      MeterRegistry registry,
      String name,
      String description,
      ToDoubleFunction<ReplicatedLog> value) {
    gauges.put(
        MultiGauge.builder(PREFIX + name).description(description).register(registry),
        pair -> value.applyAsDouble(pair.log()));
  }

  /** Shows these groups, and no others any more. */
  void show(List<Pair> groups) {
    gauges.forEach(
        (gauge, value) ->
            gauge.register(
                groups.stream()
                    .map(
                        pair ->
                            MultiGauge.Row.of(Tags.of("group", pair.log().group()), pair, value))
                    .toList(),
                true));
  }
}
