package io.tidemark.agent.publish;

import java.util.Map;
import java.util.TreeMap;

/** The publisher's counters. Safe for several threads. */
final class PublishTally {
  private final Map<String, Long> refused = new TreeMap<>();
  private final Map<String, Long> retried = new TreeMap<>();
  private String gateway = "";
  private long connections;
  private long sent;
  private long accepted;

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
  }

  synchronized void refused(String code) {
    refused.merge(code, 1L, Long::sum);
  }

  synchronized void retried(String code) {
    retried.merge(code, 1L, Long::sum);
  }

  synchronized PublishCounts counts() {
    return new PublishCounts(
        gateway, connections, sent, accepted, Map.copyOf(refused), Map.copyOf(retried));
  }
}
