package io.tidemark.gateway.replication;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;

/**
 * TLS sessions with gateways that this one has asked. As long as one of them can be resumed, Java
 * connects again by it and asks nobody who the other one is; so they are to be forgotten when that
 * would be answered otherwise. Thread-safe.
 */
final class Resumable {
  /** Of one gateway; there is a connection or two for each group. */
  private static final int SESSIONS_MAX = 64;

  private final Map<String, Deque<SSLSession>> byGateway = new ConcurrentHashMap<>();

  /** In this handshake a gateway was believed. */
  void keep(String gateway, SSLEngine engine) {
    SSLSession session = engine.getHandshakeSession();
    if (session == null) {
      return;
    }
    Deque<SSLSession> unused =
        byGateway.compute(
            gateway,
            (same, before) -> {
              Deque<SSLSession> kept = before == null ? new ArrayDeque<>() : before;
              kept.add(session);
              if (kept.size() > SESSIONS_MAX) {
                kept.remove().invalidate();
              }
              return kept;
            });
  }

  /** The next connection with this gateway begins with a look at who it is. */
  void forget(String gateway) {
    Deque<SSLSession> kept = byGateway.remove(gateway);
    if (kept != null) {
      kept.forEach(SSLSession::invalidate); // with the tickets that came in them
    }
  }
}
