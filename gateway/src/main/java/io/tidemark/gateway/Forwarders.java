package io.tidemark.gateway;

import io.tidemark.gateway.forward.ForwardSettings;
import io.tidemark.gateway.forward.Forwarder;
import io.tidemark.gateway.forward.IngestClient;
import io.tidemark.gateway.replication.Cluster;
import io.tidemark.gateway.replication.ReplicatedLog;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A forwarder for each log on this gateway, as they come and go with the cluster's groups.
 * Thread-safe.
 */
final class Forwarders implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarders.class);

  /** A log, who forwards it, and since when what is in it waits. */
  record Pair(ReplicatedLog log, Forwarder forwarder, OldestWaiting oldest) {
    /** Everything up to it is forwarded; by the mark where this gateway does not lead. */
    long forwardedIndex() {
      return Math.max(forwarder.forwardedIndex(), log.mark().index());
    }

    /**
     * For how long the oldest entry has waited, by this gateway's clock; 0 if none waits, or this
     * gateway does not lead.
     */
    long oldestMillis() {
      long forwarded = forwardedIndex();
      return log.leadership() >= 0 && log.committedIndex() > Math.max(0, forwarded)
          ? oldest.millisAbove(forwarded)
          : 0;
    }
  }

  private final ForwardSettings settings;
  private final Cluster cluster;
  private final IngestClient client;
  private final List<Pair> running = new CopyOnWriteArrayList<>();
  private final List<Forwarder> all = new CopyOnWriteArrayList<>();
  private final GroupMetrics metrics;
  private final Clock clock;
  private boolean closed;

  Forwarders(
      ForwardSettings settings,
      Cluster cluster,
      IngestClient client,
      GroupMetrics metrics,
      Clock clock) {
    this.clock = clock;
    this.metrics = metrics;
    this.settings = settings;
    this.cluster = cluster;
    this.client = client;
  }

  /** Forwards what is in the logs that are here now, and in no others. */
  synchronized void follow() {
    if (closed) {
      return;
    }
    List<ReplicatedLog> logs = cluster.logs();
    List<Pair> gone = new ArrayList<>(running);
    gone.removeIf(pair -> logs.contains(pair.log()));
    running.removeAll(gone);
    close(gone);
    for (ReplicatedLog log : logs) {
      if (running.stream().noneMatch(pair -> pair.log() == log)) {
        Forwarder forwarder =
            new Forwarder(
                settings,
                log,
                cluster.gateway(),
                cluster::groupNames,
                client,
                RandomGenerator.of("L64X128MixRandom"));
        forwarder.start();
        all.add(forwarder);
        running.add(new Pair(log, forwarder, new OldestWaiting(log, clock)));
      }
    }
    metrics.show(running());
  }

  private static void close(List<Pair> pairs) {
    for (Pair pair : pairs) {
      try {
        pair.forwarder().close();
      } catch (InterruptedException e) {
        LOG.warn("The forwarder of group {} ends by itself", pair.log().group());
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Those that run. */
  List<Pair> running() {
    return List.copyOf(running);
  }

  /** Of those that run, and of those that did. */
  long sum(ToLongFunction<Forwarder> value) {
    return all.stream().mapToLong(value).sum();
  }

  boolean broken() {
    return running.stream().map(Pair::forwarder).anyMatch(Forwarder::broken);
  }

  @Override
  public synchronized void close() {
    closed = true;
    close(running);
  }
}
