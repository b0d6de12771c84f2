package io.tidemark.gateway.mqtt;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The connected devices by client id, over all event loops. Thread-safe. */
final class Connections {
  private final int max;
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentMap<String, MqttConnection> byClient = new ConcurrentHashMap<>();

  Connections(int max) {
    this.max = max;
  }

  /** Takes a place; false if there is none. */
  boolean enter() {
    if (count.incrementAndGet() <= max) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }

  /** Names the connection that holds a client id now, and has an older one go. */
  void claim(String clientId, MqttConnection connection) {
    MqttConnection older = byClient.put(clientId, connection);
    if (older != null) {
      older.takenOver();
    }
  }

  /** Gives the place back. */
  void leave(String clientId, MqttConnection connection) {
    byClient.remove(clientId, connection);
    count.decrementAndGet();
  }

  int count() {
    return count.get();
  }

  int max() {
    return max;
  }

  List<MqttConnection> all() {
    return List.copyOf(byClient.values());
  }
}
