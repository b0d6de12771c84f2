package io.tidemark.ingest.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OnEachDatabase
final class RowsPlaceTest {
  @TempDir private Path temp;

  /** An ingest's, whose rows are in a place. */
  private Sql open(String ingest, String place) {
    return TestDatabase.open(
        temp.resolve("l.db"), ingest, connection -> RowsPlace.require(connection, place));
  }

  private void use(String ingest, String place) throws Exception {
    try (Sql sql = open(ingest, place)) {
      sql.check();
      assertThat(sql.<Integer>read(connection -> 1)).isEqualTo(1);
    }
  }

  private void assertRefused(String ingest, String place, String... words) {
    try (Sql sql = open(ingest, place)) {
      assertThatThrownBy(sql::check).isInstanceOf(IOException.class).hasMessageContainingAll(words);
    }
  }

  @Test
  void rowsInInfluxAreEverybodys() throws Exception {
    use("one", RowsPlace.INFLUX);
    use("two", RowsPlace.INFLUX);
    assertRefused("one", RowsPlace.embedded("one"), "rows in InfluxDB", "tidemark.store to influx");
  }

  @Test
  void rowsInAFolderAreThatIngestsAlone() throws Exception {
    use("one", RowsPlace.embedded("one"));
    use("one", RowsPlace.embedded("one"));
    for (String other : new String[] {RowsPlace.embedded("two"), RowsPlace.INFLUX}) {
      assertRefused("two", other, "data folder of another ingest", "tidemark.store=influx");
    }
  }

  /** As when the database was away at the start. */
  @Test
  void whoeverUsesTheDatabaseFirstTheRowsAreAskedForBefore() throws Exception {
    try (Sql sql = open("one", RowsPlace.INFLUX)) {
      assertThat(sql.<Integer>read(connection -> 1)).isEqualTo(1);
    }
    try (Sql sql = open("two", RowsPlace.embedded("two"))) {
      assertThatThrownBy(() -> sql.read(connection -> 1))
          .isInstanceOf(SqlUnavailableException.class)
          .hasMessageContaining("rows in InfluxDB");
    }
    try (Sql sql = open("three", RowsPlace.embedded("three"))) {
      assertThatThrownBy(() -> sql.write(connection -> 1))
          .isInstanceOf(SqlUnavailableException.class)
          .hasMessageContaining("rows in InfluxDB");
    }
  }
}
