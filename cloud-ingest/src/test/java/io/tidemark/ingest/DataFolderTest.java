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
}
