package io.tidemark.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFolderTest {
  @TempDir Path temp;

  @Test
  void onlyOneAtATime() throws Exception {
    Path folder = temp.resolve("a/b");
    try (DataFolder held = DataFolder.open(folder)) {
      assertThat(held).isNotNull();
      assertThatThrownBy(() -> DataFolder.open(folder))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another ingest")
          .hasMessageContaining("tidemark.data.dir");
    }
    DataFolder.open(folder).close();
  }

  @Test
  void aFolderThatCannotBeMadeIsSaidToBe() throws Exception {
    Path file = Files.createFile(temp.resolve("file"));
    assertThatThrownBy(() -> DataFolder.open(file.resolve("in")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aDatabaseIsUsedByOneAtATimeWhateverTheirFolders(@TempDir Path folder) throws Exception {
    String url = "jdbc:sqlite:" + folder.resolve("ledger.db");
    DataFolder first = DataFolder.openDatabase(url);
    assertThat(first).isNotNull();
    assertThatThrownBy(() -> DataFolder.openDatabase(url))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another ingest")
        .hasMessageContaining("ledger.db")
        .hasMessageContaining("tidemark.sql.url");
    first.close();
    DataFolder second = DataFolder.openDatabase(url);
    assertThat(second).isNotNull();
    second.close();
    assertThat(DataFolder.openDatabase("jdbc:postgresql://h/d")).isNull();
  }
}
