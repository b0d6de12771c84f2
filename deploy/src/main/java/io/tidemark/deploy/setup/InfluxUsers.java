package io.tidemark.deploy.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/**
 * Makes the users and the database in an InfluxDB 1.x that asks for passwords and has nobody yet:
 * it lets its first administrator be made by whoever comes. Used by one thread.
 */
final class InfluxUsers {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final String ADMIN = "admin";
  private static final String GRAFANA = "grafana";

  private final URI influx;
  private final String database;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final ObjectMapper json = new ObjectMapper();

  /** At an address, {@code http://host:8086}. Asks nothing yet. */
  InfluxUsers(URI influx, String database) {
    this.influx = influx;
    this.database = quoted(database, '"');
  }

  /**
   * Makes what is missing; passwords become those in the files.
   *
   * @throws IOException if it cannot be reached, or has another administrator
   */
  void make(SecretTree secrets) throws IOException, InterruptedException {
    String password = secrets.read(SecretTree.INFLUX_ADMIN);
    String admin = ADMIN + ":" + password;
    if (isRefused(send(admin, "SHOW DATABASES").statusCode())) {
      String first =
          "CREATE USER %s WITH PASSWORD %s WITH ALL PRIVILEGES"
              .formatted(ADMIN, quoted(password, '\''));
      if (isRefused(send("", first).statusCode())) {
        throw new FinalException(
            "the InfluxDB at %s has an administrator already, whose password is not the one in %s"
                .formatted(influx, secrets.file(SecretTree.INFLUX_ADMIN)),
            null);
      }
    }
    ask(admin, "CREATE DATABASE " + database);
    String ingest = secrets.read(SecretTree.INGEST_INFLUX);
    String user = SecretTree.INFLUX_USER;
    user(admin, user, ingest.substring(user.length() + 1));
    ask(admin, "GRANT ALL ON %s TO %s".formatted(database, user));
    user(admin, GRAFANA, secrets.read(SecretTree.GRAFANA_INFLUX));
    ask(admin, "GRANT READ ON %s TO %s".formatted(database, GRAFANA));
  }

  private void user(String admin, String name, String password)
      throws IOException, InterruptedException {
    boolean isThere = false;
    for (JsonNode row : ask(admin, "SHOW USERS").at("/results/0/series/0/values")) {
      isThere |= row.path(0).asText().equals(name);
    }
    String form = isThere ? "SET PASSWORD FOR %s = %s" : "CREATE USER %s WITH PASSWORD %s";
    ask(admin, form.formatted(name, quoted(password, '\'')));
  }

  private static String quoted(String text, char quote) {
    return quote + text.replace("\\", "\\\\").replace("" + quote, "\\" + quote) + quote;
  }

  private static boolean isRefused(int status) {
    return List.of(UNAUTHORIZED, FORBIDDEN).contains(status);
  }

  private JsonNode ask(String who, String query) throws IOException, InterruptedException {
    HttpResponse<String> answer = send(who, query);
    String error =
        answer.statusCode() == OK
            ? json.readTree(answer.body()).at("/results/0/error").asText()
            : answer.body();
    if (answer.statusCode() != OK || !error.isEmpty()) {
      // Never the whole query: it may have a password in it.
      throw new IOException(
          "InfluxDB at %s answers %d to %s: %s"
              .formatted(influx, answer.statusCode(), query.split(" ", 3)[0], error));
    }
    return json.readTree(answer.body());
  }

  private HttpResponse<String> send(String who, String query)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(influx.resolve("/query"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "q=" + URLEncoder.encode(query, StandardCharsets.UTF_8)));
    if (!who.isEmpty()) {
      String basic = Base64.getEncoder().encodeToString(who.getBytes(StandardCharsets.UTF_8));
      request.header("Authorization", "Basic " + basic);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IOException("InfluxDB at %s: %s".formatted(influx, e), e);
    }
  }
}
