package io.tidemark.ingest;

import io.tidemark.ingest.intake.Intake;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * Health: live while the writing thread lives, started once it has found out what an earlier
 * process left behind, ready while store and SQL take what is written.
 */
@Singleton
final class Health {
  @Produces
  @Singleton
  @Liveness
  HealthCheck live(Intake intake) {
    return () -> answer("writing thread", !intake.hasDied(), "it ended; restart ingest");
  }

  @Produces
  @Singleton
  @Startup
  HealthCheck started(Intake intake) {
    return () -> answer("earlier writes settled", intake.isReady(), intake.trouble());
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck ready(Intake intake, TimeSeriesStore store) {
    return () -> {
      try {
        store.check();
        return answer("store and SQL", intake.isReady(), intake.trouble());
      } catch (StoreUnavailableException e) {
        return answer("store and SQL", false, String.valueOf(e.getMessage()));
      }
    };
  }

  private static HealthCheckResponse answer(String name, boolean up, String why) {
    HealthCheckResponseBuilder answer = HealthCheckResponse.named(name).status(up);
    return up || why.isEmpty() ? answer.build() : answer.withData("why", why).build();
  }
}
