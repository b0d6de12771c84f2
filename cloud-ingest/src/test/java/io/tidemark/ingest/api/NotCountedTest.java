package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.api.Views.DeviceLedgerView;
import io.tidemark.ingest.api.Views.TotalsView;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.ledger.Lates;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start, and no count of duplicates has ended since. */
final class NotCountedTest {
  @Test
  void isSaidBesideTheNumber(@TempDir Path folder) throws Exception {
    FakeStore store = new FakeStore();
    EpochKey key = new EpochKey("d", 1);
    for (long time = 1; time <= 3; time++) {
      store.write(List.of(new Row(key, 0, new Reading("s", "k", time, Map.of("v", Value.of(1))))));
    }
    Sql sql = TestDatabase.open(folder.resolve("l.db"));
    try (Ledger ledger = new Ledger(sql, store, Clock.systemUTC())) {
      LedgerChanges changes = new LedgerChanges();
      changes.declared(new BatchHeader("d", 1, 1, 0, 1, 0, null, false), 5);
      changes.found(key, 0, 5);
      sql.write(connection -> ledger.apply(connection, changes));
      Lates lates = new Lates(sql, Duration.ofMinutes(1));
      Clock clock = Clock.systemUTC();
      ShutOuts shutOuts =
          new ShutOuts(sql, new Audit(sql, clock), new AccessLists(sql, clock), clock);
      DeviceResource devices = new DeviceResource(ledger, lates, store, null, shutOuts);
      LedgerResource all = new LedgerResource(null, ledger, null, null, null);

      store.away = true;
      DeviceLedgerView device = devices.ledger("d", null);
      assertThat(device.duplicatesCheckedAt()).isNull();
      assertThat(device.totals().duplicates()).isZero();
      assertThat(device.verdict()).isEqualTo("clean");
      assertThat(all.totals(null).duplicatesCheckedAt()).isNull();

      store.away = false;
      device = devices.ledger("d", "true");
      assertThat(device.duplicatesCheckedAt()).startsWith("20");
      assertThat(device.totals().duplicates()).isEqualTo(2);
      assertThat(device.verdict()).isEqualTo("unclean");
      TotalsView totals = all.totals(null);
      assertThat(totals.duplicatesCheckedAt()).isEqualTo(device.duplicatesCheckedAt());
      assertThat(totals.totals().duplicates()).isEqualTo(2);
    } finally {
      sql.close();
    }
  }
}
