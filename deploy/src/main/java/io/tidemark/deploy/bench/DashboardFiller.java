package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings a fleet's readings into ingest as gateways do, so that rows, ledger and registry come
 * about and agree as they do in operation. Goes on where it was interrupted: what came twice is one
 * row.
 */
final class DashboardFiller {
  private static final int BATCHES_A_REQUEST = 100;
  private static final int SITES = 40;
  private static final List<String> LABELS =
      List.of("roof", "cellar", "north", "south", "spare", "rented", "battery", "outdoor");
  private static final int NAMED_A_SAVE = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String api;
  private final Path folder;
  private final Http http = new Http();

  DashboardFiller(String api, Path folder) {
    this.api = api;
    this.folder = folder;
  }

  /**
   * Writes what is missing, and says how far it is.
   *
   * @throws IOException if ingest refuses something, or its ledger has other sums in the end
   */
  void fill(DashboardData begun) throws IOException, InterruptedException {
    write(begun);
    name(DashboardData.read(folder));
    requireStored(begun.fleet().rows());
  }

  private void write(DashboardData begun) throws IOException, InterruptedException {
    DashboardFleet fleet = begun.fleet();
    begun.save(folder);
    URI forward = URI.create(api + Routes.FORWARD_PATH);
    long before = fleet.rowsUntil(begun.slicesWritten());
    long started = System.nanoTime();
    for (int slice = begun.slicesWritten(); slice < fleet.slices(); slice++) {
      Poster.post(forward, requests(fleet, slice));
      begun.written(slice + 1).save(folder);
      long rows = fleet.rowsUntil(slice + 1);
      System.err.printf(
          "written %,d of %,d rows, %,.0f/s%n",
          rows, fleet.rows(), (rows - before) / ((System.nanoTime() - started) / 1e9));
    }
  }

  private static List<byte[]> requests(DashboardFleet fleet, int slice) throws IOException {
    List<Delivery> deliveries = new ArrayList<>();
    fleet.deliveries(slice, deliveries::add);
    List<byte[]> requests = new ArrayList<>();
    for (int first = 0; first < deliveries.size(); first += BATCHES_A_REQUEST) {
      int end = Math.min(deliveries.size(), first + BATCHES_A_REQUEST);
      requests.add(BenchRows.request(deliveries.subList(first, end)));
    }
    return requests;
  }

  /** Gives each device a name, a site and a label, as people do. */
  private void name(DashboardData written) throws IOException, InterruptedException {
    DashboardFleet fleet = written.fleet();
    for (int device = written.devicesNamed(); device < fleet.devices(); device++) {
      String url = api + "/api/v1/devices/" + fleet.name(device) + "/registry";
      JsonNode known = http.get(url);
      if (known.path("name").asText().isEmpty()) {
        http.put(url, "\"0\"", record(device));
      }
      if ((device + 1) % NAMED_A_SAVE == 0 || device + 1 == fleet.devices()) {
        written.named(device + 1).save(folder);
        System.err.printf("named %,d of %,d devices%n", device + 1, fleet.devices());
      }
    }
  }

  private static String record(int device) throws IOException {
    return JSON.writeValueAsString(
        Map.of(
            "name", "Station " + device,
            "site", "site " + device % SITES,
            "labels", List.of(LABELS.get(device % LABELS.size()))));
  }

  private void requireStored(long rows) throws IOException, InterruptedException {
    JsonNode totals = http.get(api + "/api/v1/ledger").path("totals");
    long stored = totals.path("stored").asLong();
    if (stored < rows || totals.path("produced").asLong() != stored) {
      throw new IOException(
          "%,d rows were written, but the ledger says %s: delete %s and begin anew"
              .formatted(rows, totals, folder));
    }
  }
}
