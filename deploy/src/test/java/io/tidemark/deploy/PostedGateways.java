package io.tidemark.deploy;

import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.GatewayReport.Readings;
import io.tidemark.wire.GatewayReport.Replica;
import io.tidemark.wire.ReportCodec;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Three gateways of one cluster that only report. What they say is the test's to change; it is said
 * with the next post. Thread-safe.
 */
final class PostedGateways {
  static final String CLUSTER = "5ea51de0c1057e12";
  static final List<String> NAMES = List.of("g1", "g2", "g3");

  /** Silent after three of these. */
  private static final long INTERVAL_MILLIS = 2_000;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final URI address;

  /** Of g2 and its group. */
  private boolean isAway;

  private long term = 1;

  PostedGateways(String ingestUrl) {
    address = URI.create(ingestUrl + Routes.REPORT_PATH);
  }

  /** The gateway g2 is gone, and g1 leads its group, in which 3,210 readings wait. */
  synchronized void loseOne() {
    isAway = true;
    term++;
  }

  /** It is back, and leads its group. */
  synchronized void findIt() {
    isAway = false;
    term++;
  }

  /** Posts a report of each that is there. Whether ingest takes them is its own matter. */
  synchronized void post() {
    for (String name : NAMES) {
      if (!isAway || !name.equals("g2")) {
        send(ReportCodec.encode(report(name)));
      }
    }
  }

  private void send(byte[] report) {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(Duration.ofSeconds(5))
            .header("Content-Type", Routes.REPORT_CONTENT_TYPE)
            .POST(HttpRequest.BodyPublishers.ofByteArray(report))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 204 && answer.statusCode() != 503) {
        throw new AssertionError("ingest answered " + answer.statusCode() + ": " + answer.body());
      }
    } catch (IOException e) {
      return; // ingest is away: a later report takes this one's place
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private GatewayReport report(String name) {
    int number = NAMES.indexOf(name) + 1;
    return new GatewayReport(
        name,
        CLUSTER,
        0,
        NAMES,
        "0.1.0",
        INTERVAL_MILLIS,
        true,
        "leads group " + name,
        "gw%d.example:1883".formatted(number),
        "gw%d.example:5683".formatted(number),
        10 + number,
        number - 1,
        new Readings(
            1_000,
            950,
            900,
            name.equals("g1") ? Map.of("rate", 1_234L, "undecodable", 3L) : Map.of("rate", 7L)),
        NAMES.stream().map(group -> replica(name, group)).toList(),
        0);
  }

  private Replica replica(String name, String group) {
    String leader = isAway && group.equals("g2") ? "g1" : group;
    boolean leads = name.equals(leader);
    boolean waits = leads && isAway && group.equals("g2");
    return new Replica(
        group,
        leads ? "leader" : "follower",
        leader,
        group.equals("g2") ? term : 1,
        group,
        5_000,
        waits ? 4_900 : 5_000,
        0,
        waits ? 3_210 : 0,
        waits ? 100 : 0,
        8_500_000,
        waits ? 35_000 : 0);
  }
}
