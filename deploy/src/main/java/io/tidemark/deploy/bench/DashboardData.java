package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.wire.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a folder of data for the dashboards holds, and how far it has come: a file beside the data.
 *
 * @param store where the rows are: {@code embedded}, or the InfluxDB's address
 * @param fleet whose readings they are
 * @param slicesWritten slices of the fleet's readings that are stored
 * @param devicesNamed devices that have a record in the registry
 */
record DashboardData(String store, DashboardFleet fleet, int slicesWritten, int devicesNamed) {
  private static final String FILE = "dashboard-data.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What is in the folder; a new beginning where nothing is.
   *
   * @throws IOException if what is there is of other options
   */
  static DashboardData in(Path folder, DashboardBenchOptions options) throws IOException {
    String store = options.influx() == null ? "embedded" : options.influx().toString();
    Path file = folder.resolve(FILE);
    if (!isIn(folder)) {
      DashboardFleet fleet =
          new DashboardFleet(
              options.devices(),
              options.rows(),
              System.currentTimeMillis(),
              ThreadLocalRandom.current().nextLong(1, Limits.NUMBER_MAX));
      return new DashboardData(store, fleet, 0, 0);
    }
    DashboardData found = read(folder);
    require(file, "--devices", options.devices(), found.fleet.devices());
    require(file, "--rows", options.rows(), found.fleet.rows());
    require(file, "--influx", store, found.store);
    return found;
  }

  /** True if something has been begun in the folder. */
  static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /** What is in a folder that has something. */
  static DashboardData read(Path folder) throws IOException {
    return JSON.readValue(folder.resolve(FILE).toFile(), DashboardData.class);
  }

  private static void require(Path file, String option, Object wanted, Object found)
      throws IOException {
    if (!wanted.equals(found)) {
      throw new IOException(
          "the data beside %s are of %s %s, not %s: give that, or another folder"
              .formatted(file, option, found, wanted));
    }
  }

  /** The InfluxDB database of the rows: of this folder and of no other, as its ledger is here. */
  String database() {
    return "tidemark_dashboard_" + Long.toHexString(fleet.epoch());
  }

  DashboardData written(int slices) {
    return new DashboardData(store, fleet, slices, devicesNamed);
  }

  DashboardData named(int named) {
    return new DashboardData(store, fleet, slicesWritten, named);
  }

  /** Writes it down: a whole file, or the one before. */
  DashboardData save(Path folder) throws IOException {
    Path next = Files.createDirectories(folder).resolve(FILE + ".next");
    Files.write(next, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    Files.move(next, folder.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
    return this;
  }
}
