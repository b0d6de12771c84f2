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
  void aFolderIntoWhichARestoreDidNotEndIsNotUsed() throws Exception {
    Path marker = Files.createFile(temp.resolve("restoring"));
    assertThatThrownBy(() -> DataFolder.open(temp))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("did not end")
        .hasMessageContaining("restore again");
    Files.delete(marker);
    DataFolder.open(temp).close();
  }

  @Test
  void itsIngestHasTheSameNameAfterEachStartAndANewOneIfNoneIsWhole() throws Exception {
    Path file = temp.resolve("ingest-id");
    String made = id();
    assertThat(made).hasSize(36);
    assertThat(id()).isEqualTo(made);
    for (String cut : new String[] {"", "\n", made.substring(7), "\0".repeat(36)}) {
      Files.writeString(file, cut);
      String anew = id();
      assertThat(anew).hasSize(36).isNotEqualTo(made);
      assertThat(id()).isEqualTo(anew);
    }
    try (var files = Files.list(temp)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .as("nothing half made is left")
          .containsExactlyInAnyOrder("ingest-id", "lock");
    }
    Files.delete(file);
    try (DataFolder held = DataFolder.open(temp)) {
      Files.delete(file);
      assertThatThrownBy(() -> DataFolder.open(temp)).hasMessageContaining("another ingest");
      assertThat(file).as("who has no lock makes none").doesNotExist();
      assertThat(held.ingestId()).hasSize(36);
    }
  }

  private String id() throws IOException {
    try (DataFolder held = DataFolder.open(temp)) {
      return held.ingestId();
    }
  }

  @Test
  void anIngestsNameThatCannotBeReadIsSaidToBe() throws Exception {
    Files.createDirectory(temp.resolve("ingest-id"));
    for (int time = 0; time < 2; time++) { // and it is unlocked again
      assertThatThrownBy(() -> DataFolder.open(temp))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("ingest-id")
          .hasMessageContaining("readable");
    }
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
