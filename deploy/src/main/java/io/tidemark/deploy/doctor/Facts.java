package io.tidemark.deploy.doctor;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What parts have said that only means something beside what others say. Thread-safe. */
final class Facts {
  /** Versions by part. */
  final Map<String, String> versions = new ConcurrentHashMap<>();

  /** Versions of agents, by device. */
  final Map<String, String> agents = new ConcurrentHashMap<>();

  /** Clocks, as what they are ahead of this machine's, by part. */
  final Map<String, Duration> skews = new ConcurrentHashMap<>();

  /** Gateways, as ingest or other gateways know them, by id. */
  final Map<String, Door> doors = new ConcurrentHashMap<>();

  /** The ids of gateways that were asked themselves. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /**
   * Where a gateway takes readings.
   *
   * @param mqtt {@code host:port}; empty if it does not say
   * @param coap the same over UDP
   */
  record Door(String mqtt, String coap) {}

  void said(String part, String version, Part.Answer answer) {
    if (!version.isEmpty()) {
      versions.put(part, version);
    }
    Duration skew = answer.skew();
    if (skew != null) {
      skews.put(part, skew);
    }
  }
}
