package io.tidemark.gateway.coap;

import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.UntrustedException.Reason;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.DTLSContext;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.Handshaker;
import org.eclipse.californium.scandium.dtls.SessionListener;
import org.jspecify.annotations.Nullable;

/**
 * DTLS handshakes that are not over: bounded in number. When there are too many, the one that has
 * gone on for longest ends, since an honest device needs no second. Thread-safe.
 */
final class Handshakes implements SessionListener {
  /** What Californium says when a device shows no certificate; it has no other sign for that. */
  private static final String MISSING = "Client Certificate required!";

  private final int max;
  private final CoapCounters counters;
  private final Set<Handshaker> running = new LinkedHashSet<>();

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
      try {
        gone.getConnection().getExecutor().execute(() -> gone.handshakeFailed(tooMany));
      } catch (RejectedExecutionException e) {
        leave(gone); // it has ended in this moment
      }
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
    return gone;
  }

  private synchronized void leave(Handshaker handshaker) {
    running.remove(handshaker);
  }

  @Override
  public void contextEstablished(Handshaker handshaker, DTLSContext context) {
    // It is over once the device has used it, too.
  }

  @Override
  public void handshakeCompleted(Handshaker handshaker) {
    leave(handshaker);
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
