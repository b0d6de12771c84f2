package io.tidemark.ingest.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.storage.influx.InfluxServer;
import io.tidemark.ingest.storage.influx.InfluxSettings;
import io.tidemark.ingest.storage.influx.InfluxStore;
import io.tidemark.ingest.storage.influx.InfluxVersion;
import io.tidemark.wire.Value;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real influxd; a folder stands for a database of that name. */
final class InfluxStoreTest extends TimeSeriesStoreContract {
  private static final String URL_PROPERTY = "tidemark.test.influx.url";

  @TempDir static Path data;
  private static InfluxServer server;

  @BeforeAll
  static void startServer() throws Exception {
    server = InfluxServer.start(data);
    System.setProperty(URL_PROPERTY, server.url().toString());
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  /** Also used by a child process, which is told the address. */
  static final class InfluxFactory implements Factory {
    @Override
    public TimeSeriesStore open(Path folder) {
      return new InfluxStore(
          new InfluxSettings(
              URI.create(System.getProperty(URL_PROPERTY)),
              folder.getFileName().toString(),
              "",
              "",
              true,
              InfluxVersion.AUTO,
              4,
              1_000,
              Duration.ofSeconds(15),
              Duration.ofSeconds(5),
              false),
          () -> "ledger",
          new SimpleMeterRegistry(),
          Clock.systemUTC());
    }
  }

  @Override
  Factory factory() {
    return new InfluxFactory();
  }

  @Override
  List<String> childOptions() {
    return List.of("-D" + URL_PROPERTY + "=" + server.url());
  }

  @Test
  void twinsAreOneRowEachHoweverAndWheneverTheyCome() throws Exception {
    Row first = row(5, T0, 1);
    Row second = row(6, T0, 2);
    Row third = row(7, T0, 3);
    store.write(List.of(first));
    store.write(List.of(second)); // a write of its own
    store.close();
    store = factory().open(folder); // which remembers nothing
    store.write(List.of(third, second, first));
    store.write(List.of(second, row(8, T0 + 1, 4)));
    store.write(List.of(first));
    assertThat(all()).containsExactly(first, second, third, row(8, T0 + 1, 4));
    assertThat(scanned()).hasSize(4).allSatisfy((number, rows) -> assertThat(rows).isOne());
  }

  @Test
  void aLateRowUnderATakenTimeIsATwinToo() throws Exception {
    List<Row> rows = List.of(row(0, T0, 0), row(1, T0 + 10, 1), row(2, T0 + 20, 2));
    store.write(rows);
    Row late = row(3, T0 + 10, 3);
    Row between = row(4, T0 + 15, 4);
    store.write(List.of(between, late));
    assertThat(all()).containsExactly(rows.get(0), rows.get(1), late, between, rows.get(2));
  }

  /** Of an ingest that has written to the same series before, and remembers where. */
  @Test
  void whatAnotherIngestHasWrittenIsNotReplaced() throws Exception {
    try (TimeSeriesStore other = factory().open(folder)) {
      store.write(List.of(row(0, T0, 0)));
      other.write(List.of(row(1, T0 + 10, 1)));
      store.write(List.of(row(2, T0 + 20, 2)));
      store.writtenElsewhere(row(1, T0, 1).key().device(), T0 + 10, T0 + 10);
      store.write(List.of(row(3, T0 + 10, 3)));
      other.write(List.of(row(4, T0 + 30, 4)));
      store.writtenElsewhere();
      store.write(List.of(row(5, T0 + 30, 5)));
    }
    assertThat(all())
        .containsExactly(
            row(0, T0, 0),
            row(1, T0 + 10, 1),
            row(3, T0 + 10, 3),
            row(2, T0 + 20, 2),
            row(4, T0 + 30, 4),
            row(5, T0 + 30, 5));
  }

  @Test
  void aMetricMayBeCalledTwin() throws Exception {
    List<Row> rows =
        List.of(
            row(0, T0, "main", "k", Map.of("twin", Value.of(1))),
            row(1, T0, "main", "k", Map.of("twin", Value.of(2))));
    store.write(rows);
    assertThat(all()).isEqualTo(rows);
  }

  @Test
  void rowsOfOthersArePassedOver() throws Exception {
    Row ours = row(0, T0, 1);
    store.write(List.of(ours));
    String database = folder.getFileName().toString();
    server.write(
        database,
        "cpu,host=a load=1 "
            + T0
            + "\nbme280,device=pi:1,sensor=main,epoch=notone temperature=3 "
            + (T0 + 1)
            + "\nbme280,device=pi:1,sensor=main,epoch="
            + KEY.epoch()
            + " temperature=3 "
            + (T0 + 2));
    assertThat(all()).containsExactly(ours);
    assertThat(scanned()).isEqualTo(Map.of("pi:1/0", 1));
    assertThat(store.latest("pi:1")).containsExactly(ours);
  }
}
