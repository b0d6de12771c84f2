package io.tidemark.deploy.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * A bare line-protocol writer: blocks of rows to {@code /write}, which all generations have, as
 * many at a time as suit the database best.
 */
final class InfluxPeer implements IngestBench.Peer {
  private static final int ACKNOWLEDGED = 204;
  private static final int TRIAL_READINGS = 50_000;

  private final URI write;
  private int inFlight = 1;

  private InfluxPeer(URI write) {
    this.write = write;
  }

  /** One that has tried what number of requests at a time suits the database best. */
  static InfluxPeer tuned(URI influx, String database) throws IOException, InterruptedException {
    InfluxPeer peer =
        new InfluxPeer(URI.create(influx + "/write?db=" + database + "&precision=ns"));
    double best = Double.MAX_VALUE;
    int bestInFlight = 1;
    // What comes first is slower than what follows: one more, not counted, before.
    int trial = -1;
    for (int candidate : new int[] {4, 1, 2, 4, 8}) {
      peer.inFlight = candidate;
      double took = peer.write(new BenchRows(TRIAL_READINGS, trial).blocks());
      if (trial < -1 && took < best) {
        best = took;
        bestInFlight = candidate;
      }
      trial--;
    }
    peer.inFlight = bestInFlight;
    return peer;
  }

  @Override
  public String name() {
    return "bare writer, " + inFlight;
  }

  @Override
  public double write(List<BenchRows.Block> blocks) throws IOException, InterruptedException {
    return Poster.post(blocks, inFlight, ACKNOWLEDGED, block -> request(block.encode()));
  }

  private HttpRequest request(byte[] block) {
    return authorized(HttpRequest.newBuilder(write))
        .POST(HttpRequest.BodyPublishers.ofByteArray(block))
        .build();
  }

  /** With the credentials that ingest is given, too. */
  static HttpRequest.Builder authorized(HttpRequest.Builder request) {
    String token = System.getenv("TIDEMARK_INFLUX_TOKEN");
    if (token != null && !token.isEmpty()) {
      String basic = Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.UTF_8));
      request.header("Authorization", token.indexOf(':') > 0 ? "Basic " + basic : "Token " + token);
    }
    return request;
  }
}
