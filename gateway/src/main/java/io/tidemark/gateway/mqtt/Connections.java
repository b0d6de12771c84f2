package io.tidemark.gateway.mqtt;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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

  /** Names the connection that holds a client id now; the one that did has to go. */
  @Nullable MqttConnection claim(String clientId, MqttConnection connection) {
    return byClient.put(clientId, connection);
  }

  /** Gives the place back; true if it still held the client id. */
  boolean leave(String clientId, MqttConnection connection) {
    count.decrementAndGet();
    return byClient.remove(clientId, connection);
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
