package io.tidemark.deploy.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Network;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a gateway is taken away, and how long its devices may then be without an answer. */
public enum TakeoverKind {
  /** SIGKILL: its connections are reset, and nobody listens there. */
  KILL(1.0, 4) {
    @Override
    void strike(GatewayService gateway, Network network) throws InterruptedException {
      gateway.service().process().kill();
    }

    @Override
    void undo(GatewayService gateway, Network network) {
      gateway.service().process().start();
    }
  },

  /** SIGSTOP: it holds its connections, and answers nothing. */
  FREEZE(null, 12) {
    @Override
    void strike(GatewayService gateway, Network network) throws InterruptedException {
      gateway.service().process().freeze();
    }

    @Override
    void undo(GatewayService gateway, Network network) throws InterruptedException {
      gateway.service().process().thaw();
    }
  },

  /** Unplugged: nobody reaches it, nor it anybody, and nobody is told. */
  PARTITION(null, 12) {
    @Override
    void strike(GatewayService gateway, Network network) throws InterruptedException {
      network.unplug(gateway.id());
    }

    @Override
    void undo(GatewayService gateway, Network network) throws InterruptedException {
      network.rejoin(gateway.id());
    }
  };

  private final @Nullable Double medianMax;
  private final double worstMax;

  TakeoverKind(@Nullable Double medianMax, double worstMax) {
    this.medianMax = medianMax;
    this.worstMax = worstMax;
  }

  /**
   * How long half of the devices may be without an acknowledgement, in seconds; null if any time.
   */
  @Nullable Double medianMax() {
    return medianMax;
  }

  /** How long any device may be, in seconds. */
  double worstMax() {
    return worstMax;
  }

  /** Takes the gateway away; in effect when this returns. */
  abstract void strike(GatewayService gateway, Network network) throws InterruptedException;

  /** Lets it come back, which takes some time. */
  abstract void undo(GatewayService gateway, Network network) throws InterruptedException;

  /** As it is written in options and results. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
