package io.tidemark.ingest.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.backup.BackupState.Stage;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.FakeStore;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When there is no copy, or nothing in it. That of a whole ingest is in {@code ApiTest}. */
final class BackupsTest {
  @TempDir Path folder;
  private final FakeStore store = new FakeStore();

  private Sql sql() {
    return new Sql("jdbc:sqlite:" + folder.resolve("tidemark.db"));
  }

  /** The command takes the authority's files with it. */
  @Test
  void whereAllIsInServersTheCopyHasNothingInItAndSaysSo() throws Exception {
    try (Sql sql = new Sql("jdbc:postgresql://127.0.0.1:1/t")) {
      Backups backups = new Backups(folder, sql, store);
      backups.begin(() -> {});
      await().until(() -> backups.state().stage() != Stage.COPYING);
      BackupState state = backups.state();
      assertThat(state.stage()).as(state.why()).isEqualTo(Stage.READY);
      assertThat(state.sql() || state.rows()).isFalse();
      assertThat(folder.resolve(Backups.READY)).isEmptyDirectory();
    }
  }

  @Test
  void whatCannotBeAnnouncedIsNotCopied() throws Exception {
    try (Sql sql = sql()) {
      sql.check();
      Backups backups = new Backups(folder, sql, store);
      assertThatThrownBy(
              () ->
                  backups.begin(
                      () -> {
                        throw new SqlUnavailableException("away", null);
                      }))
          .isInstanceOf(SqlUnavailableException.class);
      assertThat(backups.state().stage()).isEqualTo(Stage.NONE);
      assertThat(folder.resolve("backup")).doesNotExist();
      backups.begin(() -> {});
      await().until(() -> backups.state().stage() == Stage.READY);
      assertThat(folder.resolve(Backups.READY).resolve("tidemark.db")).isRegularFile();
    }
  }

  @Test
  void anErrorEndsTheCopyAndIsTold() throws Exception {
    try (Sql sql = sql()) {
      sql.check();
      Backups backups = new Backups(folder, sql, store);
      store.copyFailure = new OutOfMemoryError("of the test");
      backups.begin(() -> {});
      await().until(() -> backups.state().stage() != Stage.COPYING);
      assertThat(backups.state().stage()).isEqualTo(Stage.FAILED);
      assertThat(backups.state().why()).contains("OutOfMemoryError").contains("of the test");
      store.copyFailure = null;
      backups.begin(() -> {});
      await().until(() -> backups.state().stage() == Stage.READY);
    }
  }
}
