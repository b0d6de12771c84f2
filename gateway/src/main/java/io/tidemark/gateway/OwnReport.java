package io.tidemark.gateway;

import io.tidemark.gateway.Forwarders.Pair;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.replication.ClusterStatus;
import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.gateway.replication.ReplicatedLog;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Replica;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this gateway tells ingest about itself: what its metrics and its view of the cluster say
 * already, and since when the oldest entry waits in each group that it leads. Belongs to the
 * reporter's thread.
 */
final class OwnReport implements Reporter.Source {
  private static final Logger LOG = LoggerFactory.getLogger(OwnReport.class);

  private final String software;
  private final Duration interval;
  private final GatewayMetrics watched;
  private final LongSupplier accessVersion;
  private final Clock clock;
  private final Map<String, Oldest> oldest = new HashMap<>();

  /** The first entry above an index, and when it was received; read once, if it can be. */
  private record Oldest(long above, long receivedAtNanos) {}

  /**
   * Of this gateway.
   *
   * @param accessVersion of the access list that it has; 0 for none
   */
  OwnReport(
      String software,
      Duration interval,
      GatewayMetrics watched,
      LongSupplier accessVersion,
      Clock clock) {
    this.accessVersion = accessVersion;
    this.software = software;
    this.interval = interval;
    this.watched = watched;
    this.clock = clock;
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
    oldest.keySet().retainAll(pairs.stream().map(pair -> pair.log().group()).toList());
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
    boolean leads = pair.log().leadership() >= 0;
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
        leads && waiting > 0 ? oldestMillis(pair.log(), forwarded) : 0);
  }

  private long oldestMillis(ReplicatedLog log, long forwarded) {
    Oldest known = oldest.get(log.group());
    if (known == null || known.above() != forwarded) {
      known = new Oldest(forwarded, receivedAt(log, forwarded + 1));
      if (known.receivedAtNanos() != 0) {
        oldest.put(log.group(), known);
      }
    }
    long now = TimeUnit.MILLISECONDS.toNanos(clock.millis());
    return known.receivedAtNanos() == 0
        ? 0
        : Math.max(1, TimeUnit.NANOSECONDS.toMillis(now - known.receivedAtNanos()));
  }

  /** When the first entry from an index on was received; 0 if there is none. */
  private static long receivedAt(ReplicatedLog log, long from) {
    try {
      for (CommittedEntry entry : log.read(from, 1).entries()) {
        return ForwardCodec.decodeEntry(entry.bytes()).receivedAtNanos();
      }
    } catch (IOException | WireFormatException e) {
      // The forwarder meets the same and counts it.
      LOG.debug("The age of what waits in group {} is not known", log.group(), e);
    }
    return 0;
  }
}
