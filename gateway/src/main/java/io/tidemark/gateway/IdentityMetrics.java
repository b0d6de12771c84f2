package io.tidemark.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.tidemark.gateway.identity.GatewayIdentity;
import java.util.function.ToDoubleFunction;

/** What can be watched of this gateway's certificate. */
record IdentityMetrics(GatewayIdentity identity) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder(
            "tidemark.gateway.certificate.left.seconds", identity, GatewayIdentity::secondsLeft)
        .description("Until this gateway's certificate ends; below 0 it has")
        .strongReference(true)
        .register(registry);
    renewals(registry, "renewed", GatewayIdentity::renewed);
    renewals(registry, "failed", GatewayIdentity::renewalsFailed);
  }

  private void renewals(
      MeterRegistry registry, String outcome, ToDoubleFunction<GatewayIdentity> count) {
    FunctionCounter.builder("tidemark.gateway.certificate.renewals", identity, count)
        .description("Attempts to renew this gateway's certificate")
        .tag("outcome", outcome)
        .register(registry);
  }
}
