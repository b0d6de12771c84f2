package io.tidemark.gateway.mqtt;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Sessions whose device is away, for as long as it asked and we grant, and with them the wills that
 * wait for their delay. Bounded: beyond the limit the session that has been away for longest ends.
 * A will is due with the end of its session at the latest (MQTT 5, section 3.1.3.2.2). Thread-safe.
 */
final class ParkedSessions {
  private final int max;
  private final Wills wills;
  private final Map<String, Parked> byClient = new LinkedHashMap<>();
  private long willBytes;

  private record Parked(Session session, long untilNanos, @Nullable Will will, long willDueNanos) {
    boolean hasEnded(long nowNanos) {
      return untilNanos - nowNanos <= 0;
    }

    boolean willIsDue(long nowNanos) {
      return will != null && willDueNanos - nowNanos <= 0;
    }

    Parked withoutWill() {
      return new Parked(session, untilNanos, null, 0);
    }
  }

  ParkedSessions(int max, Wills wills) {
    this.max = max;
    this.wills = wills;
  }

  /**
   * The device is away.
   *
   * @param will what it wants said then; null for nothing
   */
  void park(String clientId, Session session, Duration expiry, @Nullable Will will) {
    long now = System.nanoTime();
    List<Will> due = new ArrayList<>();
    Will waiting = will;
    if (will != null && will.delay().isZero()) {
      due.add(will);
      waiting = null;
    }
    Duration delay =
        waiting == null || waiting.delay().compareTo(expiry) > 0 ? expiry : waiting.delay();
    synchronized (this) {
      end(byClient.remove(clientId), due); // goes to the end
      byClient.put(
          clientId, new Parked(session, now + expiry.toNanos(), waiting, now + delay.toNanos()));
      willBytes += bytes(waiting);
      Iterator<Parked> eldest = byClient.values().iterator();
      while (byClient.size() > max) {
        Parked gone = eldest.next();
        eldest.remove();
        end(gone, due);
      }
    }
    due.forEach(wills::due);
  }

  /** Ends what has expired, and hands in the wills that are due. */
  void sweep() {
    List<Will> due = new ArrayList<>();
    synchronized (this) {
      sweep(System.nanoTime(), due);
    }
    due.forEach(wills::due);
  }

  /** Ends those of which this holds, and hands in their wills. */
  void end(Predicate<String> ofClient) {
    List<Will> due = new ArrayList<>();
    synchronized (this) {
      Iterator<Map.Entry<String, Parked>> entries = byClient.entrySet().iterator();
      while (entries.hasNext()) {
        Map.Entry<String, Parked> entry = entries.next();
        if (ofClient.test(entry.getKey())) {
          entries.remove();
          end(entry.getValue(), due);
        }
      }
    }
    due.forEach(wills::due);
  }

  private void sweep(long now, List<Will> due) {
    Iterator<Map.Entry<String, Parked>> entries = byClient.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<String, Parked> entry = entries.next();
      Parked parked = entry.getValue();
      if (parked.hasEnded(now)) {
        entries.remove();
        end(parked, due);
      } else if (parked.willIsDue(now)) {
        entry.setValue(parked.withoutWill());
        end(parked, due);
      }
    }
  }

  /**
   * The session of a device that is back, no longer parked; null if there is none.
   *
   * @param clean true to end it instead
   */
  @Nullable Session resume(String clientId, boolean clean) {
    Parked parked;
    synchronized (this) {
      parked = byClient.remove(clientId);
      willBytes -= parked == null ? 0 : bytes(parked.will);
    }
    if (parked == null) {
      return null;
    }
    long now = System.nanoTime();
    boolean goesOn = !clean && !parked.hasEnded(now);
    if (parked.will != null) {
      if (goesOn && !parked.willIsDue(now)) {
        wills.recalled();
      } else {
        wills.due(parked.will);
      }
    }
    return goesOn ? parked.session : null;
  }

  private void end(@Nullable Parked parked, List<Will> due) {
    if (parked != null && parked.will != null) {
      willBytes -= bytes(parked.will);
      due.add(parked.will);
    }
  }

  private static int bytes(@Nullable Will will) {
    return will == null ? 0 : will.bytes();
  }

  synchronized int size() {
    return byClient.size();
  }

  /** Bytes of wills that wait for their delay. */
  synchronized long willBytes() {
    return willBytes;
  }
}
