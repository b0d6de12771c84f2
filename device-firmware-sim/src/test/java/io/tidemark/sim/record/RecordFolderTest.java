package io.tidemark.sim.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class RecordFolderTest {
  @TempDir Path folder;

  @Test
  void whatIsNotAcknowledgedIsKeptAndNothingElse() throws Exception {
    try (RecordFolder record = open(Map.of("seed", "1"))) {
      RecordWriter writer = record.writer();
      writer.produced(0, 0, 3, new byte[] {1}, offset -> {});
      writer.produced(0, 3, 3, new byte[] {2, 2}, offset -> {});
      writer.produced(0, 6, 3, new byte[] {3}, offset -> {});
      writer.produced(0, 9, 1, new byte[] {4}, offset -> {});
      writer.acknowledged(0, 0, 3, false);
      writer.refused(0, 6, 3, "0x99", "no");
      writer.refused(0, 9, 1, "4.03", "no");
      writer.dropMade(0, 9, 1, new byte[] {9, 9, 9}, offset -> {});
      writer.acknowledged(0, 9, 1, false); // a late answer to the readings is none to the drop
    }
    try (RecordFolder record = open(Map.of("seed", "1"))) {
      assertThat(record.resumed()).isTrue();
      StreamState state = record.streams().get(0);
      assertThat(state.nextSequence()).isEqualTo(10);
      assertThat(state.epoch()).isEqualTo(77);
      assertThat(state.kept())
          .extracting(KeptBatch::first, KeptBatch::drop, KeptBatch::refusedCode, KeptBatch::length)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple(3L, false, null, 2),
              org.assertj.core.groups.Tuple.tuple(6L, false, "0x99", 1),
              org.assertj.core.groups.Tuple.tuple(9L, true, null, 3));
      assertThat(record.writer().read(state.kept().get(2).offset(), 3))
          .isEqualTo(new byte[] {9, 9, 9});
    }
  }

  @Test
  void anotherPlanIsRefusedByName() throws Exception {
    open(Map.of("seed", "1")).close();
    assertThatThrownBy(() -> open(Map.of("seed", "2")))
        .isInstanceOf(RecordRefusedException.class)
        .hasMessageContaining("made with seed 1, but 2 is asked for");
    assertThatThrownBy(() -> open(Map.of("seed", "1", "rate", "3")))
        .isInstanceOf(RecordRefusedException.class)
        .hasMessageContaining("rate");
    open(Map.of("seed", "*")).close();
  }

  @Test
  void aRecordInUseIsRefused() throws Exception {
    try (RecordFolder first = open(Map.of("seed", "1"))) {
      assertThat(first.resumed()).isFalse();
      assertThatThrownBy(() -> open(Map.of("seed", "1")))
          .isInstanceOf(RecordRefusedException.class)
          .hasMessageContaining("in use");
    }
  }

  @Test
  void aCrashWhileARecordIsMadeLeavesNone() throws Exception {
    Files.write(folder.resolve(RecordReader.FILE_NAME + ".new"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> new RecordReader(folder)).hasMessageContaining("no record in");
    try (RecordFolder record = open(Map.of("seed", "1"))) {
      assertThat(record.resumed()).isFalse();
    }
  }

  @Test
  void whatIsNoRecordIsRefused() throws Exception {
    Files.writeString(folder.resolve(RecordReader.FILE_NAME), "something else altogether");
    assertThatThrownBy(() -> new RecordReader(folder))
        .isInstanceOf(RecordCorruptException.class)
        .hasMessageContaining("TDMKREC2");
  }

  private RecordFolder open(Map<String, String> plan) throws IOException {
    return RecordFolder.open(folder, plan, List.of("a"), () -> 77L, failure -> {});
  }
}
