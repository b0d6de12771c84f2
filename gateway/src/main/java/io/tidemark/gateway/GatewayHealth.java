package io.tidemark.gateway;

import io.tidemark.gateway.replication.State;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * Ready: can commit, listens on every protocol, and has caught up with the others once since it
 * started, so that another may be stopped; whether ingest is there does not matter. Live: a restart
 * would not help. Started: both were begun.
 */
@ApplicationScoped
class GatewayHealth {
  private final Gateway gateway;

  GatewayHealth(Gateway gateway) {
    this.gateway = gateway;
  }

  @Readiness
  HealthCheck commits() {
    return () -> {
      State state = gateway.logState();
      return HealthCheckResponse.named("commits")
          .status(state.canCommit())
          .withData("log", state.detail())
          .build();
    };
  }

  @Readiness
  HealthCheck listens() {
    return () -> HealthCheckResponse.named("listens").status(gateway.listening()).build();
  }

  @Readiness
  HealthCheck hasCaughtUp() {
    return () -> HealthCheckResponse.named("caught up").status(gateway.hasCaughtUp()).build();
  }

  @Liveness
  HealthCheck works() {
    return () -> {
      String failure = gateway.failure();
      return HealthCheckResponse.named("works")
          .status(failure.isEmpty())
          .withData("failure", failure.isEmpty() ? "none" : failure)
          .build();
    };
  }

  @Startup
  HealthCheck started() {
    return () -> HealthCheckResponse.named("started").status(gateway.started()).build();
  }
}
