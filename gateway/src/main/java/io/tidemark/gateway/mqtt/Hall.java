package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.intake.AddressRate;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Outcome;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What connections share, over all event loops: those that nobody knows yet, the bytes of packets
 * that have not come whole, and the rates of addresses and devices. Thread-safe.
 */
final class Hall {
  private final int unidentifiedMax;
  private final long unfinishedMaxBytes;
  private final Set<Gate> unidentified = new LinkedHashSet<>();
  private final AtomicLong unfinishedBytes = new AtomicLong();

  private final AddressRate rates;
  private final Intake intake;

  Hall(MqttSettings settings, Intake intake) {
    this.intake = intake;
    this.unidentifiedMax = settings.unidentifiedMax();
    this.unfinishedMaxBytes = settings.unfinishedMaxBytes();
    this.rates = new AddressRate(settings.messagesPerSecondPerAddressMax());
  }

  /**
   * A connection came. The one that has to go for it, if there are too many: the one that has kept
   * its CONNECT for longest, since an honest device sends it at once.
   */
  synchronized @Nullable Gate enter(Gate gate) {
    unidentified.add(gate);
    if (unidentified.size() <= unidentifiedMax) {
      return null;
    }
    Iterator<Gate> eldest = unidentified.iterator();
    Gate gone = eldest.next();
    eldest.remove();
    return gone;
  }

  /** Its CONNECT came, or it is closed. */
  synchronized void leave(Gate gate) {
    unidentified.remove(gate);
  }

  synchronized int unidentified() {
    return unidentified.size();
  }

  /** Takes note of bytes that are kept, or with a minus no longer; false if that is too many. */
  boolean keep(int more) {
    return unfinishedBytes.addAndGet(more) <= unfinishedMaxBytes || more <= 0;
  }

  /** Counts a packet of an address; 0 if it may be taken, else for how many nanoseconds not. */
  long take(Object address) {
    return rates.take(address);
  }

  /** Why a device may send nothing now; null if it may. */
  Outcome.@Nullable Refused over(String device) {
    return intake.over(device);
  }

  long unfinishedBytes() {
    return unfinishedBytes.get();
  }
}
