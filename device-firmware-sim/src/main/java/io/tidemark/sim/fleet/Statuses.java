package io.tidemark.sim.fleet;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A device's epochs and what it says of them: one status at a time, of the current one now and
 * then, and a last one of each that is over. Owned by the device's loop.
 */
final class Statuses {
  private static final int NO_ID = -1;

  private final String device;

  /** Epochs that are over and whose last status is not acknowledged, oldest first. */
  private final ArrayDeque<Epoch> past = new ArrayDeque<>(1);

  private Epoch current;
  private boolean isDue;
  private int id = NO_ID;
  private @Nullable Epoch about;
  private boolean isLast;

  Statuses(String device, Epoch current) {
    this.device = device;
    this.current = current;
  }

  /** The epoch that goes on. */
  Epoch current() {
    return current;
  }

  /** True if there are epochs whose last status is not acknowledged. */
  boolean hasPast() {
    return !past.isEmpty();
  }

  /** One that was over before this process began. */
  void takeUp(Epoch over) {
    past.add(over);
  }

  /** Another epoch begins. */
  void begin(Epoch next, long end) {
    current.end(end);
    past.add(current);
    current = next;
  }

  /** The device cannot say anything: what is over and done is forgotten. */
  void forgetDone() {
    past.removeIf(Epoch::isDone);
  }

  /** One of the current epoch is to be sent. */
  void due() {
    isDue = true;
  }

  /** Which epoch a status is to be sent of; null if of none. */
  @Nullable Epoch next() {
    Epoch oldest = past.peekFirst();
    return isDue ? current : oldest != null && oldest.isDone() ? oldest : null;
  }

  /** True while one is on the way. */
  boolean awaitsAnswer() {
    return id != NO_ID;
  }

  boolean isAnswer(int answered) {
    return id != NO_ID && answered == id;
  }

  /**
   * The bytes of one.
   *
   * @param last true if nothing will have to be said of the current epoch afterwards
   */
  byte[] make(Epoch epoch, boolean last) {
    about = epoch;
    if (epoch == current) {
      isDue = false;
      isLast = last;
    }
    return BatchCodec.encode(
        Batch.ofStatus(device, epoch.number, epoch.nextSequence, epoch.oldestKept()));
  }

  /** It is on the way under this id. */
  void sent(int as) {
    id = as;
  }

  /** It is answered. */
  void settled(boolean accepted) {
    id = NO_ID;
    if (!accepted) {
      isLast = false;
      isDue = true;
    } else if (about != current) {
      past.remove(about);
    }
    about = null;
  }

  /** The connection is gone, and nobody knows whether it has arrived. */
  void lost() {
    id = NO_ID;
    about = null;
    isLast = false;
  }

  /** True if the last one has been acknowledged. */
  boolean lastIsSaid() {
    return isLast && id == NO_ID;
  }
}
