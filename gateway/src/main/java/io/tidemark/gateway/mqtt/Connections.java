package io.tidemark.gateway.mqtt;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The connected devices by client id, over all event loops. Thread-safe. */
final class Connections {
  private final int max;
  private final int perAddressMax;
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentMap<Object, Integer> byAddress = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, MqttConnection> byClient = new ConcurrentHashMap<>();

  Connections(int max, int perAddressMax) {
    this.max = max;
    this.perAddressMax = perAddressMax;
  }

  /** Takes a place; the limit if there is none. */
  @Nullable CloseReason enter(Object address) {
    if (count.incrementAndGet() > max) {
      count.decrementAndGet();
      return CloseReason.CONNECTIONS;
    }
    if (byAddress.merge(address, 1, Integer::sum) > perAddressMax) {
      giveBack(address);
      return CloseReason.ADDRESS;
    }
    return null;
  }

  private void giveBack(Object address) {
    byAddress.computeIfPresent(address, (key, held) -> held == 1 ? null : held - 1);
    count.decrementAndGet();
  }

  /** Names the connection that holds a client id now; the one that did has to go. */
  @Nullable MqttConnection claim(String clientId, MqttConnection connection) {
    return byClient.put(clientId, connection);
  }

  /** Gives the place back; true if it still held the client id. */
  boolean leave(String clientId, Object address, MqttConnection connection) {
    giveBack(address);
    return byClient.remove(clientId, connection);
  }

  /** Whether somebody is connected with this client id. */
  boolean isHeld(String clientId) {
    return byClient.containsKey(clientId);
  }

  int count() {
    return count.get();
  }

  int max() {
    return max;
  }

  int perAddressMax() {
    return perAddressMax;
  }

  List<MqttConnection> all() {
    return List.copyOf(byClient.values());
  }
}
