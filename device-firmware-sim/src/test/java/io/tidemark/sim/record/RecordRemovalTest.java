package io.tidemark.sim.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class RecordRemovalTest {
  @TempDir Path folder;

  @Test
  void aRecordIsRemovedWithItsFolderAndItsSizeIsSaid() throws Exception {
    Path record = folder.resolve("rec");
    open(record).close();
    Files.write(record.resolve("readings.record.new"), new byte[3]);
    Files.write(record.resolve("report.html"), new byte[2]);
    long bytes = Files.size(record.resolve("readings.record")) + 5;
    assertThat(RecordRemoval.check(record)).isEqualTo(bytes);
    assertThat(record).exists();
    assertThat(RecordRemoval.remove(record)).isEqualTo(bytes);
    assertThat(record).doesNotExist();
  }

  @Test
  void anAgentsFolderGoesWithItUnlessThereIsMoreInIt() throws Exception {
    Path record = folder.resolve("rec");
    open(record).close();
    HardwareFolder hardware = HardwareFolder.of(record);
    Files.createDirectories(hardware.journal());
    Files.writeString(hardware.config(), "device: hardware");
    Files.writeString(hardware.journalFile(), "12345");
    Path letter = Files.writeString(hardware.journal().resolve("letter.txt"), "dear");
    assertRefused(record, "holds letter.txt, which is no part of a record");
    Files.move(letter, hardware.path().resolve("letter.txt"));
    assertRefused(record, "holds letter.txt, which is no part of a record");
    Files.delete(hardware.path().resolve("letter.txt"));
    long bytes = Files.size(record.resolve("readings.record")) + 16 + 5;
    assertThat(RecordRemoval.check(record)).isEqualTo(bytes);
    assertThat(RecordRemoval.remove(record)).isEqualTo(bytes);
    assertThat(record).doesNotExist();
  }

  @Test
  void whatIsInUseIsLeft() throws Exception {
    Path record = folder.resolve("rec");
    try (RecordFolder held = open(record)) {
      assertThat(held.resumed()).isFalse();
      assertRefused(record, "in use by another process");
    }
    assertThat(RecordRemoval.remove(record)).isPositive();
  }

  @Test
  void whatIsNotOursIsLeft() throws Exception {
    Path record = folder.resolve("rec");
    open(record).close();
    Path letter = Files.writeString(record.resolve("letter.txt"), "dear");
    assertRefused(record, "holds letter.txt, which is no part of a record");
    Files.delete(letter);
    Path link = Files.createSymbolicLink(folder.resolve("link"), record);
    assertRefused(link, "not a link to it");
    Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "x");
    Files.createSymbolicLink(record.resolve("readings.record.new"), elsewhere);
    assertRefused(record, "holds readings.record.new, which is no part");
    assertRefused(elsewhere, "is no folder");
  }

  @Test
  void whatIsNoRecordIsLeft() throws Exception {
    Path record = Files.createDirectory(folder.resolve("rec"));
    assertRefused(record, "no record in");
    Files.writeString(record.resolve("lock"), "");
    assertRefused(record, "there is no readings.record");
    Files.writeString(record.resolve("readings.record"), "something else");
    assertRefused(record, "its first 8 bytes must be TDMKREC2");
    Files.writeString(record.resolve("readings.record"), "some");
    assertRefused(record, "its first 8 bytes must be TDMKREC2");
    assertThatThrownBy(() -> RecordRemoval.remove(folder.resolve("nothing")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void unnamedOnesAreFoundByTheirNamesEvenIfTheyWereNeverFilled() throws Exception {
    Path filled = folder.resolve("tidemark-record-2");
    open(filled).close();
    Path never = Files.createDirectory(folder.resolve("tidemark-record-1"));
    open(folder.resolve("named")).close();
    assertThat(RecordRemoval.unnamedIn(folder)).containsExactly(never, filled);
    assertThat(RecordRemoval.remove(never)).isZero();
    assertThat(never).doesNotExist();
  }

  @Test
  void theNewestIsTheOneThatWasWrittenToLast() throws Exception {
    assertThat(RecordRemoval.newestUnnamedIn(folder)).isEmpty();
    for (String name : List.of("tidemark-record-1", "tidemark-record-3", "tidemark-record-2")) {
      open(folder.resolve(name)).close();
    }
    Files.createDirectory(folder.resolve("tidemark-record-4"));
    open(folder.resolve("named")).close();
    FileTime later = FileTime.from(Instant.now().plusSeconds(60));
    Files.setLastModifiedTime(folder.resolve("tidemark-record-2/readings.record"), later);
    assertThat(RecordRemoval.newestUnnamedIn(folder)).contains(folder.resolve("tidemark-record-2"));
  }

  private static void assertRefused(Path record, String why) throws IOException {
    List<Path> before = list(record);
    assertThatThrownBy(() -> RecordRemoval.check(record))
        .isInstanceOf(RecordRefusedException.class)
        .hasMessageContaining(why);
    assertThatThrownBy(() -> RecordRemoval.remove(record))
        .isInstanceOf(RecordRefusedException.class)
        .hasMessageContaining(why);
    assertThat(list(record)).isEqualTo(before);
  }

  private static List<Path> list(Path path) throws IOException {
    try (var all = Files.walk(path)) {
      return all.sorted().toList();
    }
  }

  private static RecordFolder open(Path record) throws IOException {
    return RecordFolder.open(record, Map.of("seed", "1"), List.of("a"), () -> 77L, failure -> {});
  }
}
