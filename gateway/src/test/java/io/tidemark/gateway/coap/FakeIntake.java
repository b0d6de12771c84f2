package io.tidemark.gateway.coap;

import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Readiness;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.intake.Receipt;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.PayloadType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** An intake in memory, which can be told what to say and to keep silent until told. */
final class FakeIntake implements Intake {
  record Offer(Delivery delivery, @Nullable PayloadType type, boolean mayRefuse, Receipt receipt) {}

  private final List<Offer> offers = new ArrayList<>();
  private final List<Offer> held = new ArrayList<>();
  private final List<Reason> refused = new ArrayList<>();
  private Outcome outcome = new Outcome.Committed();
  private Readiness readiness = Readiness.READY;
  private Outcome.@Nullable Refused over;
  private boolean hold;
  private CountDownLatch open = new CountDownLatch(0);

  /** Switch: what is said from now on. */
  synchronized void outcome(Outcome next) {
    outcome = next;
  }

  /** Switch: whether anything can be committed. */
  synchronized void readiness(Readiness next) {
    readiness = next;
  }

  /** Switch: what devices are told who ask whether they may send; null if they may. */
  synchronized void over(Outcome.@Nullable Refused next) {
    over = next;
  }

  /** Switch: outcomes are held back until {@link #release}. */
  synchronized void hold() {
    hold = true;
  }

  /** Switch: whoever offers waits, as it never should, until {@link #unblock}. */
  synchronized void block() {
    open = new CountDownLatch(1);
  }

  synchronized void unblock() {
    open.countDown();
  }

  private void pass() {
    CountDownLatch latch;
    synchronized (this) {
      latch = open;
    }
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says what was held back, and holds nothing any more. */
  void release() {
    List<Offer> released;
    Outcome said;
    synchronized (this) {
      hold = false;
      released = List.copyOf(held);
      held.clear();
      said = outcome;
    }
    released.forEach(offer -> offer.receipt.settled(said));
  }

  @Override
  public void offer(
      Delivery delivery, @Nullable PayloadType type, boolean mayRefuse, Receipt receipt) {
    Offer offer = new Offer(delivery, type, mayRefuse, receipt);
    Outcome said;
    pass();
    synchronized (this) {
      offers.add(offer);
      if (hold) {
        held.add(offer);
        return;
      }
      said = outcome;
    }
    receipt.settled(said);
  }

  @Override
  public void offerWill(Delivery will, Receipt receipt) {
    throw new AssertionError("CoAP has no wills");
  }

  @Override
  public synchronized void refused(Reason reason) {
    refused.add(reason);
  }

  @Override
  public synchronized Outcome.@Nullable Refused over(String device) {
    return over;
  }

  @Override
  public synchronized Readiness readiness() {
    return readiness;
  }

  @Override
  public @Nullable String elsewhere() {
    throw new AssertionError("CoAP sends nobody elsewhere");
  }

  synchronized List<Offer> offers() {
    return List.copyOf(offers);
  }

  synchronized int held() {
    return held.size();
  }

  synchronized List<Reason> refused() {
    return List.copyOf(refused);
  }
}
