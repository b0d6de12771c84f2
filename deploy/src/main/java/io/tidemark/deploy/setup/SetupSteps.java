package io.tidemark.deploy.setup;

import io.tidemark.deploy.pipeline.Administrator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The steps of a first set-up. Each may be interrupted anywhere and done again, and does nothing
 * where all is there. Used by one thread.
 */
public final class SetupSteps {
  private static final long PAUSE_MILLIS = 500;

  private final SecretTree secrets;
  private final Duration patience;

  /**
   * Of a deployment with these gateways. Does nothing yet.
   *
   * @param folder where the secrets are, in a folder for each program
   * @param patience how long to wait for what is starting
   * @throws IllegalArgumentException if one of the gateways has no name that a gateway can have
   */
  public SetupSteps(Path folder, List<String> gateways, Duration patience) {
    this.secrets = new SecretTree(folder, gateways, Clock.systemUTC());
    this.patience = patience;
  }

  /** Makes the secrets that can be made before anything runs. */
  public void makeSecrets() throws IOException {
    secrets.make();
  }

  /**
   * Makes users and database in an InfluxDB 1.x.
   *
   * @throws IOException if it does not come, or has another administrator
   */
  public void makeInfluxUsers(URI influx, String database)
      throws IOException, InterruptedException {
    InfluxUsers users = new InfluxUsers(influx, database);
    patiently(
        () -> {
          users.make(secrets);
          return "";
        });
  }

  /**
   * Has ingest make administrator, keys and tokens; returns what was done, in sentences.
   *
   * @param ingest its addresses
   * @param authority the certificate of its authority
   * @param hosts under which gateways are reached beside their own names
   * @throws IOException if ingest does not come, or does not do it; with what to do
   */
  public List<String> makeAccess(List<URI> ingest, Path authority, List<String> hosts)
      throws IOException, InterruptedException {
    FirstAccess access = new FirstAccess(secrets, ingest, authority, hosts);
    return patiently(access::make);
  }

  /** As whom a person logs in, and with what password. */
  public List<String> person() throws IOException {
    return List.of(Administrator.NAME, secrets.read(SecretTree.ADMIN_PASSWORD));
  }

  /** With what a person logs in at Grafana, as {@code admin}. */
  public String grafanaPassword() throws IOException {
    return secrets.read(SecretTree.GRAFANA_ADMIN);
  }

  @FunctionalInterface
  private interface Step<T> {
    T take() throws IOException, InterruptedException;
  }

  /** Again while something does not answer; but what is refused would be refused again. */
  private <T> T patiently(Step<T> step) throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return step.take();
      } catch (FinalException e) {
        throw e;
      } catch (IOException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }
}
