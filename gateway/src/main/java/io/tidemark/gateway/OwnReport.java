package io.tidemark.gateway;

import io.tidemark.gateway.Forwarders.Pair;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.replication.ClusterStatus;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Replica;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this gateway tells ingest about itself: what its metrics and its view of the cluster say
 * already, and since when the oldest entry waits in each group that it leads. Belongs to the
 * reporter's thread.
 */
final class OwnReport implements Reporter.Source {
  private final String software;
  private final Duration interval;
  private final GatewayMetrics watched;
  private final LongSupplier accessVersion;

  /**
   * Of this gateway.
   *
   * @param accessVersion of the access list that it has; 0 for none
   */
  OwnReport(
      String software, Duration interval, GatewayMetrics watched, LongSupplier accessVersion) {
    this.accessVersion = accessVersion;
    this.software = software;
    this.interval = interval;
    this.watched = watched;
  }

  @Override
  public Object gist() {
    return gist(watched.cluster().status());
  }

  /** Whether it can commit, who leads each group in which term, and which access list it has. */
  private List<Object> gist(ClusterStatus status) {
    return List.of(
        canCommit(status),
        accessVersion.getAsLong(),
        status.groups().stream()
            .map(group -> List.of(group.group(), group.role(), "" + group.leader(), group.term()))
            .toList());
  }

  private boolean canCommit(ClusterStatus status) {
    return status.state().canCommit() && watched.mqtt().listening() && watched.coap().listening();
  }

  @Override
  public GatewayReport report() {
    ClusterStatus status = watched.cluster().status();
    List<Pair> pairs = watched.forwarders().running();
    ClusterStatus.@Nullable Member self =
        status.members().stream().filter(ClusterStatus.Member::self).findFirst().orElse(null);
    return new GatewayReport(
        status.gateway(),
        status.cluster(),
        status.generation(),
        status.members().stream().map(ClusterStatus.Member::gateway).toList(),
        software,
        interval.toMillis(),
        canCommit(status),
        status.state().detail(),
        self == null ? "" : self.mqtt(),
        self == null ? "" : self.coap(),
        watched.mqtt().connections(),
        watched.coap().inFlight(),
        readings(),
        status.groups().stream()
            .map(group -> replica(group, pairOf(group.group(), pairs)))
            .filter(Objects::nonNull)
            .toList(),
        accessVersion.getAsLong());
  }

  private GatewayReport.Readings readings() {
    Map<String, Long> refused = new HashMap<>();
    for (Reason reason : Reason.values()) {
      long readings = watched.intake().refusedReadings(reason);
      if (readings > 0) {
        refused.put(reason.tag(), readings);
      }
    }
    return new GatewayReport.Readings(
        watched.received(), watched.committed(), watched.forwarded(), refused);
  }

  private static @Nullable Pair pairOf(String group, List<Pair> pairs) {
    for (Pair pair : pairs) {
      if (pair.log().group().equals(group)) {
        return pair;
      }
    }
    return null;
  }

  /** Null for a group that has come or gone this moment. */
  private @Nullable Replica replica(ClusterStatus.Group group, @Nullable Pair pair) {
    if (pair == null) {
      return null;
    }
    long forwarded = pair.forwardedIndex();
    long waiting = Math.max(0, group.committedIndex() - Math.max(0, forwarded));
    return new Replica(
        group.group(),
        group.role(),
        group.leader() == null ? "" : group.leader(),
        group.term(),
        group.home() == null ? "" : group.home(),
        Math.max(0, group.committedIndex()),
        Math.max(0, forwarded),
        group.lag(),
        waiting == 0 ? 0 : Math.max(0, group.waiting()),
        waiting,
        group.usage().bytes(),
        waiting > 0 ? pair.oldestMillis() : 0);
  }
}
