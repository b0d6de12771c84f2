package io.tidemark.agent.publish;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The publisher's counters. Safe for several threads. */
final class PublishTally {
  private final Map<String, Long> refused = new TreeMap<>();
  private final Map<String, Long> retried = new TreeMap<>();
  private String gateway = "";
  private long connections;
  private long sent;
  private long accepted;
  private @Nullable Instant acceptedAt;

  synchronized void connected(String to) {
    gateway = to;
    connections++;
  }

  synchronized void disconnected() {
    gateway = "";
  }

  synchronized void sent() {
    sent++;
  }

  synchronized void accepted() {
    accepted++;
    acceptedAt = Instant.now();
  }

  synchronized void refused(String code) {
    refused.merge(code, 1L, Long::sum);
  }

  synchronized void retried(String code) {
    retried.merge(code, 1L, Long::sum);
  }

  synchronized PublishCounts counts() {
    return new PublishCounts(
        gateway, connections, sent, accepted, acceptedAt, Map.copyOf(refused), Map.copyOf(retried));
  }
}
