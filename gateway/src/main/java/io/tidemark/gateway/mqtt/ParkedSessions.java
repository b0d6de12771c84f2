package io.tidemark.gateway.mqtt;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sessions whose device is away, for as long as it asked and we grant. Bounded: beyond the limit
 * the one that has been away for longest ends. Thread-safe.
 */
final class ParkedSessions {
  private final int max;
  private final Map<String, Parked> byClient = new LinkedHashMap<>();

  private record Parked(Session session, long untilNanos) {}

  ParkedSessions(int max) {
    this.max = max;
  }

  synchronized void park(String clientId, Session session, Duration expiry) {
    long now = System.nanoTime();
    byClient.remove(clientId); // goes to the end
    byClient.put(clientId, new Parked(session, now + expiry.toNanos()));
    Iterator<Parked> eldest = byClient.values().iterator();
    while (eldest.hasNext()) {
      if (eldest.next().untilNanos - now > 0 && byClient.size() <= max) {
        return;
      }
      eldest.remove();
    }
  }

  /** The session of a device that is back, no longer parked; null if there is none. */
  synchronized @Nullable Session resume(String clientId) {
    Parked parked = byClient.remove(clientId);
    return parked == null || parked.untilNanos - System.nanoTime() <= 0 ? null : parked.session;
  }

  synchronized int size() {
    return byClient.size();
  }
}
