package io.tidemark.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.tidemark.gateway.identity.AccessLists;
import io.tidemark.gateway.identity.EstPassage;
import io.tidemark.gateway.identity.GatewayIdentity;
import io.tidemark.gateway.replication.PeerTls;
import io.tidemark.identity.UntrustedException.Reason;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What can be watched of this gateway's certificate, and of whom it does not believe. */
record IdentityMetrics(GatewayIdentity identity, PeerTls peers) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder(
            "tidemark.gateway.certificate.left.seconds", identity, GatewayIdentity::secondsLeft)
        .description("Until this gateway's certificate ends; below 0 it has")
        .strongReference(true)
        .register(registry);
    Gauge.builder(
            "tidemark.gateway.certificate.life.seconds", identity, GatewayIdentity::secondsInAll)
        .description("From this gateway's certificate's beginning to its end")
        .strongReference(true)
        .register(registry);
    for (Reason reason : Reason.values()) {
      FunctionCounter.builder(
              "tidemark.gateway.http.handshakes.refused", identity, it -> it.refused(reason))
          .description("Certificates that were not believed at the gateway's HTTPS")
          .tag("reason", reason.name().toLowerCase(Locale.ROOT))
          .register(registry);
      FunctionCounter.builder("tidemark.gateway.peers.refused", peers, it -> it.refused(reason))
          .description("Connections and messages that were refused at the replication port")
          .tag("reason", reason.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    for (AccessLists.Refusal refusal : AccessLists.Refusal.values()) {
      FunctionCounter.builder(
              "tidemark.gateway.access.lists.refused",
              identity.lists(),
              lists -> lists.refused(refusal))
          .description("Access lists that were not taken")
          .tag("reason", refusal.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    passages(registry, "passed", EstPassage::passed);
    passages(registry, "busy", EstPassage::busy);
    passages(registry, "unreachable", EstPassage::unreachable);
    renewals(registry, "renewed", GatewayIdentity::renewed);
    renewals(registry, "failed", GatewayIdentity::renewalsFailed);
  }

  private void passages(
      MeterRegistry registry, String outcome, ToDoubleFunction<EstPassage> count) {
    FunctionCounter.builder("tidemark.gateway.enrolments", identity.passage(), count)
        .description("Requests for certificates, on their way to ingest")
        .tag("outcome", outcome)
        .register(registry);
  }

  private void renewals(
      MeterRegistry registry, String outcome, ToDoubleFunction<GatewayIdentity> count) {
    FunctionCounter.builder("tidemark.gateway.certificate.renewals", identity, count)
        .description("Attempts to renew this gateway's certificate")
        .tag("outcome", outcome)
        .register(registry);
  }
}
