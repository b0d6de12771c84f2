package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.FakeStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it delivers: the next one delivers the same again. */
@Timeout(120)
final class AlertsCrashTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void whatWasUnderWayIsDeliveredAgainUnderTheSameId(@TempDir Path folder) throws Exception {
    try (Receiver receiver = new Receiver();
        Sql sql = AlertsCrashChild.sql(folder)) {
      // Its silence has lasted since long ago: the process finds that in its first round.
      heardLongAgo(sql);
      receiver.answer("/hook", 0, "");
      Process child =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  AlertsCrashChild.class.getName(),
                  folder.toString(),
                  receiver.url("/hook"))
              .inheritIO()
              .start();
      try {
        await().atMost(PATIENCE).until(() -> !receiver.got.isEmpty());
      } finally {
        child.destroyForcibly().waitFor();
      }
      try (Alerts next = AlertsCrashChild.alerts(sql, new FakeStore())) {
        next.start();
        await().atMost(PATIENCE).until(() -> receiver.got.size() == 2);
        assertThat(receiver.got.get(1).id())
            .isNotEmpty()
            .isEqualTo(receiver.got.get(0).id())
            .isEqualTo(receiver.got.get(1).body().path("id").asText());
        assertThat(receiver.got.get(1).body()).isEqualTo(receiver.got.get(0).body());
        await()
            .atMost(PATIENCE)
            .until(() -> next.deliveries(next.rules()).get(0).status().equals(Outbox.DELIVERED));
        assertThat(next.deliveries(next.rules()).get(0).attempts()).isEqualTo(1);
        List<Episode> episodes = sql.read(connection -> EpisodeSql.of(connection, 1, 0));
        assertThat(episodes).hasSize(1);
      }
      assertThat(receiver.got).hasSize(2);
    }
  }

  private static void heardLongAgo(Sql sql) throws Exception {
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            return statements.update(
                "INSERT INTO ledger_epoch (device, epoch, next_sequence, oldest_kept, pending_kept, settled_kept,"
                    + " redelivered, first_seen, last_seen) VALUES ('a', 1, 0, 0, 0, 0, 0, 1, 1)");
          }
        });
  }
}
