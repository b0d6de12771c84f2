package io.tidemark.ingest.alerts;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import io.tidemark.ingest.storage.FakeStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/**
 * Run in a process of its own: judges and delivers until it is killed. Arguments: folder, the
 * receiver's URL.
 */
final class AlertsCrashChild {
  private AlertsCrashChild() {}

  static Alerts alerts(Sql sql, FakeStore store) {
    AlertSettings settings =
        new AlertSettings(
            Duration.ofMillis(100),
            Duration.ofHours(1),
            Duration.ofMinutes(5),
            Duration.ZERO,
            Duration.ofSeconds(1),
            Duration.ofHours(24),
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            Duration.ofDays(90));
    return new Alerts(
        sql,
        store,
        new Ledger(sql, store, Clock.systemUTC()),
        Map::of,
        settings,
        new SmtpSettings("", 25, SmtpSettings.Security.NONE, "", "", ""),
        new SimpleMeterRegistry(),
        Clock.systemUTC());
  }

  static Sql sql(Path folder) {
    return TestDatabase.open(folder.resolve("crash.db"));
  }

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    Alerts alerts = alerts(sql(folder), new FakeStore());
    alerts.create(
        Bench.spec(
            "{'name':'quiet','kind':'silent','device':'a','for':'PT10S','webhooks':['"
                + args[1]
                + "']}"));
    alerts.start();
    Thread.currentThread().join();
  }
}
