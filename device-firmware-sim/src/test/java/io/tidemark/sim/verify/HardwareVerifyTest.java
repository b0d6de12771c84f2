package io.tidemark.sim.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.tidemark.sim.FakeApi;
import io.tidemark.sim.FakeApi.StoredRow;
import io.tidemark.sim.record.HardwareFolder;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A device of five readings, and beside it an agent of ten, of which only the numbers are known;
 * then something is done to the rows.
 */
@NullUnmarked
class HardwareVerifyTest {
  @TempDir Path folder;
  private FakeApi api;

  @BeforeEach
  void produce() throws Exception {
    api = new FakeApi();
    try (RecordFolder record =
        RecordFolder.open(
            folder,
            Map.of("plan", "weather", "seed", "7"),
            List.of("a"),
            () -> 11L,
            failure -> {})) {
      Batch batch = batch("a", 11, 5);
      record.writer().produced(0, 0, 5, BatchCodec.encode(batch), offset -> {});
      record.writer().acknowledged(0, 0, 5, false);
      api.deliver(List.of(batch, Batch.ofStatus("a", 11, 5, 5)));
    }
    api.deliver(List.of(batch("hardware", 77, 10), Batch.ofStatus("hardware", 77, 10, 10)));
    Files.createDirectories(HardwareFolder.of(folder).path());
    Files.writeString(HardwareFolder.of(folder).config(), "device: hardware\n");
    journal(10, 0);
  }

  @AfterEach
  void close() {
    api.close();
  }

  private void journal(int nextSequence, int waiting) throws IOException {
    journal(nextSequence, waiting, 0, 0);
  }

  private void journal(int nextSequence, int waiting, int dropped, int undeclared)
      throws IOException {
    Files.writeString(
        HardwareFolder.of(folder).sums(),
        "[{\"device\":\"hardware\",\"epoch\":77,\"nextSequence\":%d,\"oldestKept\":0,\"waiting\":%d,\"dropped\":%d,\"undeclared\":%d}]"
            .formatted(nextSequence, waiting, dropped, undeclared));
  }

  private static Batch batch(String device, long epoch, int count) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readings.add(
          new Reading(
              "main",
              "weather",
              1_700_000_000_000_000_000L + i,
              Map.of("temperature", Value.of(i / 7.0))));
    }
    return Batch.ofReadings(device, epoch, 0, readings, count, 0);
  }

  private Verdict verify() throws Exception {
    return new Verifier(folder, api.url(), Duration.ZERO, Origin.UNKNOWN, line -> {}).verify();
  }

  private void only(Problem.Kind kind, long number) throws Exception {
    assertThat(verify().problems())
        .extracting(Problem::kind, Problem::device, Problem::epoch, Problem::sequence)
        .containsExactly(tuple(kind, "hardware", 77L, number));
    assertThat(verify().clean()).isFalse();
  }

  @Test
  void itsSumsAreAddedAndItsValuesAreNotCompared() throws Exception {
    StoredRow row = api.row("hardware", 3);
    api.replace(
        row,
        r ->
            r.with(
                new Reading("main", "weather", r.reading().timeNanos(), Map.of("x", Value.of(1)))));
    Verdict verdict = verify();
    assertThat(verdict.clean()).isTrue();
    assertThat(verdict.sums().produced()).isEqualTo(15);
    assertThat(verdict.sums().stored()).isEqualTo(15);
    assertThat(verdict.byNumber()).containsExactly("hardware");
    StringWriter text = new StringWriter();
    VerdictReport.print(verdict, new PrintWriter(text));
    assertThat(text.toString()).contains("checked by number only").contains("measured: hardware");
    assertThat(VerdictReport.json(verdict)).contains("\"byNumber\":[\"hardware\"]");
  }

  @Test
  void aDeletedRowIsLost() throws Exception {
    api.remove(api.row("hardware", 7));
    only(Problem.Kind.LOST, 7);
    assertThat(verify().sums().missing()).isEqualTo(1);
  }

  @Test
  void aSecondRowIsDoubled() throws Exception {
    StoredRow row = api.row("hardware", 3);
    Reading reading = row.reading();
    api.add(
        row.with(
            new Reading(
                reading.sensor(), reading.kind(), reading.timeNanos() + 1, reading.values())));
    only(Problem.Kind.DOUBLED, 3);
    assertThat(verify().sums().duplicates()).isEqualTo(1);
  }

  @Test
  void aRowUnderAnotherDeviceIsMisplacedWhoeverItIs() throws Exception {
    api.replace(api.row("hardware", 2), r -> r.under("a"));
    assertThat(verify().problems())
        .extracting(Problem::kind, Problem::device, Problem::sequence)
        .containsExactly(tuple(Problem.Kind.MISPLACED, "hardware", 2L));
    api.replace(api.row("a", 2), r -> r.under("hardware"));
    assertThat(verify().problems())
        .extracting(Problem::kind, Problem::device)
        .contains(tuple(Problem.Kind.MISPLACED, "a"));
  }

  @Test
  void aNumberItNeverGaveIsMisplaced() throws Exception {
    journal(9, 0);
    only(Problem.Kind.MISPLACED, 9);
  }

  @Test
  void whatItsJournalStillHasWaits() throws Exception {
    journal(12, 2);
    Verdict verdict = verify();
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.sums().waiting()).isEqualTo(2);
    journal(12, 0);
    assertThat(verify().problems()).extracting(Problem::sequence).containsExactly(10L, 11L);
  }

  @Test
  void whatIsDroppedByTheLedgersWordItMustHaveGivenUp() throws Exception {
    api.deliver(List.of(Batch.ofDrop("hardware", 77, 10, 2, "expired", 12, 12)));
    journal(12, 0, 2, 0);
    assertThat(verify().clean()).isTrue();
    assertThat(verify().sums().dropped()).isEqualTo(2);
    journal(12, 0, 1, 0);
    Verdict verdict = verify();
    assertThat(verdict.problems())
        .extracting(Problem::kind, Problem::sequence)
        .containsExactly(tuple(Problem.Kind.LOST, 10L), tuple(Problem.Kind.LOST, 11L));
    assertThat(verdict.problems().get(0).detail())
        .contains("calls 2 such numbers dropped", "gave up 1");
    assertThat(verdict.sums().missing()).isEqualTo(2);
    assertThat(verdict.sums().dropped()).isZero();
  }

  @Test
  void whatItHasNotDeclaredYetWaits() throws Exception {
    journal(12, 0, 2, 2);
    Verdict verdict = verify();
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.sums().waiting()).isEqualTo(2);
    assertThat(verdict.clean()).isFalse();
    journal(12, 0, 2, 1);
    assertThat(verify().problems()).hasSize(2);
  }

  @Test
  void whatIsInTheQuarantineIsNotLost() throws Exception {
    api.quarantine(api.row("hardware", 4));
    Verdict verdict = verify();
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.sums().quarantined()).isEqualTo(1);
  }

  @Test
  void withoutItsJournalsWordNothingCanBeSaid() throws Exception {
    Files.delete(HardwareFolder.of(folder).sums());
    assertThatThrownBy(this::verify)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("did not end by itself");
  }
}
