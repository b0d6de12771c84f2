package io.tidemark.deploy.setup;

import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * Secrets in files that nobody else can read, a folder for each program that needs some and none
 * for two: each may be a volume of its own. What is there stays, so whoever was interrupted begins
 * again. Used by one thread.
 */
final class SecretTree {
  static final String ADMIN_PASSWORD = "admin/password";
  static final String GATEWAYS_OPERATOR = "admin/gateways-token";
  static final String INFLUX_ADMIN = "admin/influx-password";
  static final String SETUP_TOKEN = "ingest/setup-token";
  static final String INGEST_SQL = "ingest/sql-password";
  static final String INGEST_INFLUX = "ingest/influx-token";
  static final String POSTGRES = "postgres/password";
  static final String GRAFANA_ADMIN = "grafana/admin-password";
  static final String GRAFANA_INFLUX = "grafana/influx-password";
  static final String GATEWAYS_VIEWER = "prometheus/gateways-token";
  static final String PROMETHEUS_KEY = "prometheus/api-key";
  static final String SIMULATOR_TOKEN = "simulator/enrolment-token";
  static final String SIMULATOR_KEY = "simulator/api-key";

  /** The user of InfluxDB that ingest is, before the colon of {@link #INGEST_INFLUX}. */
  static final String INFLUX_USER = "tidemark";

  private static final Set<String> NOT_GATEWAYS =
      Set.of("admin", "ingest", "postgres", "grafana", "prometheus", "simulator", ".", "..");
  private static final int RANDOM_BYTES = 32;

  private final Path folder;
  private final List<String> gateways;
  private final Clock clock;

  /**
   * Of a deployment with these gateways. Does nothing yet.
   *
   * @throws IllegalArgumentException if one of them has no gateway's name, or a program's folder's
   */
  SecretTree(Path folder, List<String> gateways, Clock clock) {
    for (String gateway : gateways) {
      var unused = new Identity(Role.GATEWAY, gateway);
      if (NOT_GATEWAYS.contains(gateway)) {
        throw new IllegalArgumentException(
            "no gateway can be called %s here, where that is a folder of another program's secrets"
                .formatted(gateway));
      }
    }
    this.folder = folder;
    this.gateways = List.copyOf(gateways);
    this.clock = clock;
  }

  List<String> gateways() {
    return gateways;
  }

  /** Where a secret is, or would be. */
  Path file(String name) {
    return folder.resolve(name);
  }

  /** Makes all that can be made before anything runs, where it is missing. */
  void make() throws IOException {
    for (String name :
        List.of(
            ADMIN_PASSWORD,
            GATEWAYS_OPERATOR,
            INFLUX_ADMIN,
            POSTGRES,
            GRAFANA_ADMIN,
            GRAFANA_INFLUX,
            GATEWAYS_VIEWER)) {
      makeOf(name, "");
    }
    makeOf(SETUP_TOKEN, "tms_");
    makeOf(INGEST_INFLUX, INFLUX_USER + ":");
    copy(POSTGRES, INGEST_SQL);
    for (String gateway : gateways) {
      copy(GATEWAYS_VIEWER, gateway + "/viewer-token");
      copy(GATEWAYS_OPERATOR, gateway + "/operator-token");
    }
  }

  private void makeOf(String name, String prefix) throws IOException {
    if (!Files.exists(file(name))) {
      byte[] bytes = new byte[RANDOM_BYTES];
      new SecureRandom().nextBytes(bytes);
      write(name, prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }
  }

  private void copy(String from, String to) throws IOException {
    String secret = read(from);
    if (!Files.exists(file(to)) || !read(to).equals(secret)) {
      write(to, secret);
    }
  }

  /**
   * What is in a file.
   *
   * @throws IOException if there is none, with what makes it
   */
  String read(String name) throws IOException {
    if (!Files.exists(file(name))) {
      throw new FinalException(
          "there is no " + file(name) + " yet: tidemark setup secrets makes it", null);
    }
    return Files.readString(file(name)).strip();
  }

  /** Writes one, durably, and as a whole. */
  void write(String name, String secret) throws IOException {
    int slash = name.indexOf('/');
    SecretFile.write(folder.resolve(name.substring(0, slash)), name.substring(slash + 1), secret);
  }

  /**
   * Whether one is missing, or has been there for more than half of the time for which it is good.
   */
  boolean isDue(String name, Duration goodFor) throws IOException {
    return !Files.exists(file(name))
        || Files.getLastModifiedTime(file(name))
            .toInstant()
            .plus(goodFor.dividedBy(2))
            .isBefore(clock.instant());
  }
}
