package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Surroundings;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The real ingest process (intake, ledger and store) against a writer that does nothing but write
 * the same rows to the same database; without one, to a file, with an fsync for each block. Ingest
 * gets the compressed requests of a gateway, the writer gets readings in memory. They take turns.
 */
public final class IngestBench {
  private static final int ROUNDS = 5;

  /** Rounds that are not counted: until then much of the time goes into compiling. */
  private static final int WARM_UP_ROUNDS = 2;

  private static final String DATABASE = "tidemark_bench";

  private final @Nullable URI influx;
  private final int readings;

  /**
   * Prepares; starts nothing.
   *
   * @param influx the database; null for the embedded store
   * @param readings of each round
   */
  public IngestBench(@Nullable URI influx, int readings) {
    this.influx = influx;
    this.readings = readings;
  }

  /** Readings a second. */
  public record Round(double ours, double peer, double ratio) {}

  /** All rounds, and the ratio's median. */
  public record Result(String peer, List<Round> rounds, double ratio) {}

  /** Measures. Its ingest has ended then, and what it wrote is left in the database. */
  public Result run() throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("tidemark-bench-");
    try (Pipeline pipeline =
        new Pipeline(
            Installation.find(), data, Ports.free(), Surroundings.SHARED, influx, DATABASE)) {
      pipeline.startIngest();
      URI forward = URI.create(pipeline.apiUrl() + Routes.FORWARD_PATH);
      Peer peer = influx == null ? new DiskPeer(data) : InfluxPeer.tuned(influx, DATABASE);
      List<Round> rounds = new ArrayList<>();
      for (int round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round++) {
        BenchRows rows = new BenchRows(readings, round);
        List<byte[]> requests = rows.forwardRequests();
        List<BenchRows.Block> blocks = rows.blocks();
        boolean oursFirst = round % 2 == 0;
        double peers = oursFirst ? 0 : peer.write(blocks);
        double ours = Poster.post(forward, requests);
        peers = oursFirst ? peer.write(blocks) : peers;
        if (round > 0) {
          rounds.add(new Round(readings / ours, readings / peers, peers / ours));
        }
        System.err.printf(
            "%s: ingest %,.0f/s, %s %,.0f/s%n",
            round > 0 ? "round " + round : "warming up",
            readings / ours,
            peer.name(),
            readings / peers);
      }
      double median =
          rounds.stream().mapToDouble(Round::ratio).sorted().skip(ROUNDS / 2).findFirst().orElse(0);
      return new Result(peer.name(), rounds, median);
    }
  }

  /** Who writes the same rows without anything else. */
  interface Peer {
    String name();

    /** Makes line protocol of blocks and writes it; returns the seconds it took. */
    double write(List<BenchRows.Block> blocks) throws IOException, InterruptedException;
  }
}
