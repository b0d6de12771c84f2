package io.tidemark.gateway.intake;

import io.tidemark.wire.Delivery;
import io.tidemark.wire.PayloadType;
import org.jspecify.annotations.Nullable;

/**
 * Where protocol adapters hand in what devices deliver. All methods may be called from any thread
 * and return at once.
 */
public interface Intake {

  /**
   * Hands in a delivery. The receipt is called exactly once, perhaps before this returns, on any
   * thread.
   *
   * @param delivery what was delivered
   * @param type what the device says the payload is; null if it says nothing, and it is guessed
   * @param mayRefuse whether the device can be told that its payload is wrong, or that it is over
   *     its limits; if not, it is taken all the same, and a wrong one quarantined behind the
   *     gateways: so ask {@link #over} before
   */
  void offer(Delivery delivery, @Nullable PayloadType type, boolean mayRefuse, Receipt receipt);

  /**
   * Hands in a device's last words. They are no reading, count as none, and nothing is promised: if
   * they cannot be taken now they are refused. The receipt is called as for {@link #offer}.
   */
  void offerWill(Delivery will, Receipt receipt);

  /** Counts a delivery that the adapter itself has refused, as one reading: nobody has read it. */
  void refused(Reason reason);

  /**
   * Why a device may send nothing now, with when it may again: it, or its site, has sent more than
   * it may. Null if it may. Counts nothing.
   */
  Outcome.@Nullable Refused over(String device);

  /** Whether a delivery made now can be expected to be committed. */
  Readiness readiness();

  /**
   * Where a device may go instead over MQTT: {@code host:port} of another gateway of the cluster
   * that can commit; null if none is known. Asked anew for each device, so that not all need be
   * sent to one.
   */
  @Nullable String elsewhere();
}
