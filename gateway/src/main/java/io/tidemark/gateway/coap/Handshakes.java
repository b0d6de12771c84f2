package io.tidemark.gateway.coap;

import io.tidemark.gateway.identity.Device;
import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.UntrustedException.Reason;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.Connection;
import org.eclipse.californium.scandium.dtls.DTLSContext;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.Handshaker;
import org.eclipse.californium.scandium.dtls.SessionListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DTLS handshakes, and what they led to. Those that are not over are bounded in number. When there
 * are too many, the one that has gone on for longest ends, since an honest device needs no second.
 * Of a device the keys of its last handshake are kept. Thread-safe.
 */
final class Handshakes implements SessionListener {
  /** What Californium says when a device shows no certificate; it has no other sign for that. */
  private static final String MISSING = "Client Certificate required!";

  private static final Logger LOG = LoggerFactory.getLogger(Handshakes.class);

  private final int max;
  private final CoapCounters counters;
  private final Set<Handshaker> running = new LinkedHashSet<>();

  /** Of those the ones that were counted for their key, so that each is once. */
  private final Set<Handshaker> wrongKeys = new HashSet<>();

  /** One of each device, so that none takes the place of others. */
  private final Map<String, Known> newest = new ConcurrentHashMap<>();

  private volatile Consumer<Connection> replaced = connection -> {};
  private volatile Consumer<Known> completed = known -> {};

  /** A device and the connection of its last handshake. */
  record Known(Device device, Connection connection) {}

  Handshakes(int max, CoapCounters counters) {
    this.max = max;
    this.counters = counters;
  }

  synchronized int count() {
    return running.size();
  }

  @Override
  public void handshakeStarted(Handshaker handshaker) {
    Handshaker gone = enter(handshaker);
    if (gone != null) {
      HandshakeException tooMany =
          new HandshakeException(
              "too many handshakes",
              new AlertMessage(AlertLevel.FATAL, AlertDescription.INTERNAL_ERROR));
      on(gone.getConnection(), () -> gone.handshakeFailed(tooMany));
    }
  }

  private synchronized @Nullable Handshaker enter(Handshaker handshaker) {
    running.add(handshaker);
    if (running.size() <= max) {
      return null;
    }
    Iterator<Handshaker> eldest = running.iterator();
    Handshaker gone = eldest.next();
    eldest.remove();
    wrongKeys.remove(gone);
    return gone;
  }

  private synchronized void leave(Handshaker handshaker) {
    running.remove(handshaker);
    wrongKeys.remove(handshaker);
  }

  /**
   * What came in a handshake was encrypted by other keys: by those of a pre-shared one that is not
   * the device's. It goes on until its time is over, as anybody can send such a datagram under the
   * address of an honest device.
   *
   * @param handshaker null if none is going on
   */
  void undecipherable(@Nullable Handshaker handshaker) {
    if (handshaker != null && isNew(handshaker)) {
      counters.wrongKeys.increment();
    }
  }

  private synchronized boolean isNew(Handshaker handshaker) {
    return running.contains(handshaker) && wrongKeys.add(handshaker);
  }

  /** The handshake is not over before the device has used its keys, too. */
  @Override
  public void contextEstablished(Handshaker handshaker, DTLSContext context) {
    Device device = CoapDtls.device(context.getSession().getPeerIdentity());
    if (device == null) {
      return;
    }
    Known known = new Known(device, handshaker.getConnection());
    Known before = newest.put(device.name(), known);
    if (before != null && before.connection() != known.connection()) {
      forget(before.connection());
    }
  }

  /** A connection is changed by its own executor alone. */
  private static void on(Connection connection, Runnable change) {
    try {
      connection.getExecutor().execute(change);
    } catch (RejectedExecutionException e) {
      // It has ended in this moment.
      LOG.debug("a connection is gone", e);
    }
  }

  /** What is called, by its executor, with a connection whose device has a newer one. Set once. */
  void onReplaced(Consumer<Connection> remove) {
    replaced = remove;
  }

  /** What is called, by its executor, with whoever has come in. Set once. */
  void onCompleted(Consumer<Known> look) {
    completed = look;
  }

  /** A connection's keys are kept no longer, once its executor has done what it was given. */
  void forget(Connection connection) {
    on(connection, () -> replaced.accept(connection));
  }

  /** Each device, with the connection of its last handshake, which may not be over. */
  List<Known> newest() {
    return List.copyOf(newest.values());
  }

  /** A connection is kept no longer. */
  void removed(Connection connection) {
    newest.values().removeIf(known -> known.connection() == connection);
  }

  @Override
  public void handshakeCompleted(Handshaker handshaker) {
    leave(handshaker);
    Connection connection = handshaker.getConnection();
    Device device = CoapDtls.device(connection.getEstablishedPeerIdentity());
    if (device != null) {
      completed.accept(new Known(device, connection));
    }
  }

  @Override
  public void handshakeFailed(Handshaker handshaker, Throwable failure) {
    leave(handshaker);
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UntrustedException untrusted) {
        counters.untrusted(untrusted.reason());
        return;
      }
    }
    if (MISSING.equals(failure.getMessage())) {
      counters.untrusted(Reason.NO_CERTIFICATE);
    } else {
      counters.handshakes.increment();
    }
  }

  @Override
  public void handshakeFlightRetransmitted(Handshaker handshaker, int flight) {
    // Nothing to do.
  }
}
