package io.tidemark.gateway;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.tidemark.gateway.replication.LogStartException;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process. Exit code 0 after a clean stop, 2 if it could not start. */
@QuarkusMain
public class GatewayMain implements QuarkusApplication {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayMain.class);
  private static final int COULD_NOT_START = 2;

  private final Gateway gateway;
  private final GatewaySettings given;
  private final String host;

  GatewayMain(
      Gateway gateway,
      GatewaySettings given,
      @ConfigProperty(name = "quarkus.http.host") String host) {
    this.gateway = gateway;
    this.given = given;
    this.host = host;
  }

  @Override
  public int run(String... arguments) throws InterruptedException {
    try {
      Settings.requireHttpHost(given.security(), host);
      gateway.start();
    } catch (IllegalArgumentException | LogStartException | IOException e) {
      LOG.error("The gateway does not start: {}", e.getMessage());
      LOG.debug("The gateway does not start", e);
      return COULD_NOT_START;
    }
    Quarkus.waitForExit();
    return 0;
  }

  /**
   * On SIGTERM this comes while everything still works, which what follows waitForExit does not.
   */
  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    gateway.stop();
  }
}
