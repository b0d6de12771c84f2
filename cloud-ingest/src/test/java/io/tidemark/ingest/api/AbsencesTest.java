package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.api.PointViews.State;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.SeriesName;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AbsencesTest {
  private final FakeStore store = new FakeStore();

  @Test
  void aDeviceIsAskedForOnceInARequest(@TempDir Path folder) throws Exception {
    try (Sql sql = TestDatabase.open(folder.resolve("l.db"))) {
      Ledger ledger = new Ledger(sql, store, Clock.systemUTC());
      store(sql, ledger, "d", "s");
      Absences absences = new Absences(ledger, store);
      assertThat(state(absences, "gone", "s")).isEqualTo(State.UNKNOWN_DEVICE);
      assertThat(state(absences, "d", "s")).isEqualTo(State.UNKNOWN_METRIC);

      store(sql, ledger, "gone", "s");
      store(sql, ledger, "d", "t");
      store.away = true;
      assertThat(state(absences, "gone", "s")).isEqualTo(State.UNKNOWN_DEVICE);
      assertThat(state(absences, "d", "s")).isEqualTo(State.UNKNOWN_METRIC);
      assertThat(state(absences, "d", "t")).isEqualTo(State.UNKNOWN_SENSOR);
      Absences next = new Absences(ledger, store);
      assertThatThrownBy(() -> state(next, "gone", "s"))
          .isInstanceOf(StoreUnavailableException.class);
    }
  }

  private static void store(Sql sql, Ledger ledger, String device, String sensor) throws Exception {
    LedgerChanges changes = new LedgerChanges();
    changes.declared(new BatchHeader(device, 1, 0, 1, 1, 0, null, false), 5);
    Reading reading = new Reading(sensor, "k", 1, Map.of("m", Value.of(1)));
    changes.stored(List.of(new Row(new EpochKey(device, 1), 0, reading)));
    sql.write(connection -> ledger.apply(connection, changes));
    ledger.committed(changes);
  }

  private static State state(Absences absences, String device, String sensor) throws Exception {
    return absences.of(new SeriesName(device, sensor, "absent")).state();
  }
}
