package io.tidemark.sim.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.FakeApi;
import io.tidemark.sim.FakeApi.StoredRow;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.sim.record.RecordReader;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three devices of 40 readings each, in the record and at the API; then something is done to the
 * rows.
 */
@NullUnmarked
class VerifierTest {
  private static final long START = 1_700_000_000_000_000_000L;
  private static final int BATCHES = 8;
  private static final int BATCH = 5;

  @TempDir Path folder;
  private final List<Batch> batches = new ArrayList<>();
  private final List<byte[]> bytes = new ArrayList<>();
  private RecordFolder record;
  private FakeApi api;

  @BeforeEach
  void produce() throws Exception {
    api = new FakeApi();
    long[] epochs = {11, 22, 33};
    int[] next = new int[1];
    record =
        RecordFolder.open(
            folder,
            Map.of("plan", "weather", "seed", "7"),
            List.of("a", "b", "c"),
            () -> epochs[next[0]++],
            failure -> {
              throw new IllegalStateException(failure);
            });
    for (int b = 0; b < BATCHES; b++) {
      for (int stream = 0; stream < 3; stream++) {
        produce(stream, b, true);
      }
    }
  }

  @AfterEach
  void close() throws Exception {
    record.close();
    api.close();
  }

  @Test
  void everythingInItsPlaceIsClean() throws Exception {
    Verdict verdict = verify();
    assertThat(verdict.clean()).isTrue();
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.sums()).isEqualTo(new Sums(120, 0, 120, 0, 0, 0, 0, 3, 0));
    assertThat(verdict.devices()).hasSize(3);
    assertThat(verdict.seed()).isEqualTo(7);
    assertThat(api.pages()).isGreaterThan(6); // 40 rows a device came in pages of 37
  }

  @Test
  void aRecordIsWhatItsOriginGivesOrProvesNothing() throws Exception {
    Verdict verdict = verify((device, epoch, sequence) -> reading(device, sequence));
    assertThat(verdict.clean()).isTrue();
    assertThat(verdict.regenerated()).isEqualTo(120);
    assertThat(verify().regenerated()).isZero();

    assertThatThrownBy(() -> verify((device, epoch, n) -> oneBitOff(device, n)))
        .isInstanceOf(CannotCheckException.class)
        .hasMessageContaining("the record is not what its seed gives: b, number 17 of its epoch 1:")
        .hasMessageContaining(
            "temperature is 23.42857142857143 (bits 40376db6db6db6dc) by the seed");
    assertThatThrownBy(() -> verify((device, epoch, n) -> shifted(reading(device, n), 1)))
        .hasMessageContaining("a, number 0 of its epoch 1: taken at");
    assertThatThrownBy(
            () ->
                verify(
                    (device, epoch, n) -> {
                      throw new IllegalArgumentException("never");
                    }))
        .isInstanceOf(CannotCheckException.class)
        .hasMessageContaining("number 0 of its epoch 1: never");
  }

  private static Reading oneBitOff(int device, long sequence) {
    Reading reading = reading(device, sequence);
    Map<String, Value> values = new LinkedHashMap<>(reading.values());
    if (device == 1 && sequence == 17) {
      double was = ((Value.Num) values.get("temperature")).value();
      values.put("temperature", Value.of(Math.nextUp(was)));
    }
    return with(reading, values);
  }

  private Verdict verify(Origin.Readings origin) throws Exception {
    return new Verifier(closedCopy(), api.url(), Duration.ZERO, settings -> origin, line -> {})
        .verify();
  }

  @Test
  void aDeletedRowIsLost() throws Exception {
    api.remove(api.row("b", 17));
    only(Problem.Kind.LOST, "b", 22, 17);
    assertThat(verify().sums().missing()).isEqualTo(1);
    assertThat(verify().sums().stored()).isEqualTo(119);
  }

  @Test
  void aSecondRowOfANumberIsDoubled() throws Exception {
    StoredRow row = api.row("a", 3);
    api.add(row.with(shifted(row.reading(), 1)));
    only(Problem.Kind.DOUBLED, "a", 11, 3);
    assertThat(verify().sums().duplicates()).isEqualTo(1);
  }

  @Test
  void oneBitInAValueIsAltered() throws Exception {
    StoredRow row = api.row("c", 39);
    Map<String, Value> values = new LinkedHashMap<>(row.reading().values());
    double was = ((Value.Num) values.get("temperature")).value();
    values.put("temperature", Value.of(Math.nextUp(was)));
    api.replace(row, r -> r.with(with(r.reading(), values)));
    only(Problem.Kind.ALTERED, "c", 33, 39);
  }

  @Test
  void theSignOfZeroAFlagATextAndAMissingMetricAreValuesToo() throws Exception {
    alter("a", 0, "zero", Value.of(0.0));
    alter("a", 1, "open", Value.of(false));
    alter("a", 2, "state", Value.of("OK"));
    StoredRow row = api.row("a", 3);
    Map<String, Value> values = new LinkedHashMap<>(row.reading().values());
    values.remove("zero");
    api.replace(row, r -> r.with(with(r.reading(), values)));
    assertThat(verify().problems())
        .extracting(Problem::sequence, Problem::kind)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(0L, Problem.Kind.ALTERED),
            org.assertj.core.groups.Tuple.tuple(1L, Problem.Kind.ALTERED),
            org.assertj.core.groups.Tuple.tuple(2L, Problem.Kind.ALTERED),
            org.assertj.core.groups.Tuple.tuple(3L, Problem.Kind.ALTERED));
  }

  @Test
  void oneNanosecondIsMoved() throws Exception {
    api.replace(api.row("a", 20), r -> r.with(shifted(r.reading(), 1)));
    only(Problem.Kind.MOVED, "a", 11, 20);
  }

  @Test
  void aRowUnderAnotherDeviceOfTheRecordIsMisplaced() throws Exception {
    api.replace(api.row("a", 20), r -> r.under("b"));
    only(Problem.Kind.MISPLACED, "a", 11, 20);
    assertThat(verify().sums().missing()).isEqualTo(1);
  }

  @Test
  void aRowUnderADeviceThatIsNotOfTheRecordIsMisplaced() throws Exception {
    api.replace(api.row("a", 20), r -> r.under("somebody-else"));
    only(Problem.Kind.MISPLACED, "a", 11, 20);
  }

  @Test
  void aRowUnderAnotherEpochIsMisplaced() throws Exception {
    api.replace(api.row("c", 5), r -> r.inEpoch(99));
    only(Problem.Kind.MISPLACED, "c", 33, 5);
  }

  @Test
  void aRowOfAnotherSensorOrKindIsMisplaced() throws Exception {
    api.replace(
        api.row("c", 5),
        r ->
            r.with(
                new Reading(
                    "other", r.reading().kind(), r.reading().timeNanos(), r.reading().values())));
    only(Problem.Kind.MISPLACED, "c", 33, 5);
  }

  @Test
  void aRowUnderANumberNeverProducedIsMisplaced() throws Exception {
    StoredRow row = api.row("c", 5);
    api.add(new StoredRow("c", 33, 4_000, shifted(row.reading(), 7)));
    only(Problem.Kind.MISPLACED, "c", 33, 4_000);
  }

  @Test
  void rowsOfEarlierEpochsAreNotLookedAt() throws Exception {
    StoredRow row = api.row("a", 0);
    api.add(row.inEpoch(5).with(shifted(row.reading(), -1_000_000)));
    Verdict verdict = verify();
    assertThat(verdict.clean()).isTrue();
    assertThat(verdict.foreignRows()).isEqualTo(1);
  }

  @Test
  void aBatchAcknowledgedAndNeverSentOnIsLost() throws Exception {
    Batch lost = produceUndelivered(0, BATCHES);
    record.writer().acknowledged(0, lost.header().firstSequence(), BATCH, false);
    Batch status = Batch.ofStatus("a", 11, 45, 45);
    api.deliver(List.of(status));
    Verdict verdict = verify();
    assertThat(verdict.problems())
        .extracting(Problem::sequence)
        .containsExactly(40L, 41L, 42L, 43L, 44L);
    assertThat(verdict.problems()).allMatch(p -> p.kind() == Problem.Kind.LOST);
  }

  @Test
  void whatIsNotAcknowledgedWaits() throws Exception {
    produceUndelivered(0, BATCHES);
    Verdict verdict = verify();
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.sums().waiting()).isEqualTo(5);
    assertThat(verdict.clean()).isFalse();
  }

  @Test
  void whatIsAcknowledgedAndStillOnAGatewayWaitsButADeletedRowDoesNotHideBehindIt()
      throws Exception {
    Batch onItsWay = produceUndelivered(0, BATCHES);
    record.writer().acknowledged(0, onItsWay.header().firstSequence(), BATCH, false);
    api.deliver(List.of(Batch.ofStatus("a", 11, 45, 40)));
    assertThat(verify().sums().waiting()).isEqualTo(5);
    assertThat(verify().problems()).isEmpty();

    api.remove(api.row("a", 2));
    assertThat(verify().problems()).extracting(Problem::sequence).contains(2L);
  }

  @Test
  void aDeletedRowDoesNotHideBehindWhatTheDeviceStillHas() throws Exception {
    produceUndelivered(0, BATCHES);
    api.deliver(List.of(Batch.ofStatus("a", 11, 45, 40))); // so the ledger counts five as waiting
    api.remove(api.row("a", 2));
    only(Problem.Kind.LOST, "a", 11, 2);
    assertThat(verify().sums().waiting()).isEqualTo(5);
  }

  @Test
  void whatArrivesWhileItWaitsIsNotLost() throws Exception {
    Batch late = produceUndelivered(1, BATCHES);
    record.writer().acknowledged(1, late.header().firstSequence(), BATCH, false);
    CompletableFuture<Void> arrival =
        CompletableFuture.runAsync(
            () -> api.deliver(List.of(late)),
            CompletableFuture.delayedExecutor(400, TimeUnit.MILLISECONDS));
    Verdict verdict =
        new Verifier(closedCopy(), api.url(), Duration.ofSeconds(30), Origin.UNKNOWN, line -> {})
            .verify();
    arrival.join();
    assertThat(verdict.clean()).isTrue();
  }

  @Test
  void whatADeviceStillHasDoesNotHideWhatIsOnItsWay() throws Exception {
    produceUndelivered(0, BATCHES);
    produce(0, BATCHES + 1, true);
    Batch late = produceUndelivered(0, BATCHES + 2);
    record.writer().acknowledged(0, late.header().firstSequence(), BATCH, false);
    CompletableFuture<Void> arrival =
        CompletableFuture.runAsync(
            () -> api.deliver(List.of(late)),
            CompletableFuture.delayedExecutor(400, TimeUnit.MILLISECONDS));
    Verdict verdict =
        new Verifier(closedCopy(), api.url(), Duration.ofSeconds(30), Origin.UNKNOWN, line -> {})
            .verify();
    arrival.join();
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.sums().waiting()).isEqualTo(BATCH);
  }

  @Test
  void quarantinedReadingsAreKnownByNumberOrByPayload() throws Exception {
    api.quarantine(api.row("a", 7));
    api.quarantine(batches.get(4), bytes.get(4)); // device b, numbers 5 to 9
    Verdict verdict = verify();
    assertThat(verdict.sums().quarantined()).isEqualTo(6);
    assertThat(verdict.sums().stored()).isEqualTo(114);
    assertThat(verdict.clean()).isTrue();
  }

  @Test
  void aRefusedBatchIsDroppedWhenItsDropIsKnownAndLostWhenItIsNot() throws Exception {
    Batch refused = produceUndelivered(2, BATCHES);
    long first = refused.header().firstSequence();
    record.writer().refused(2, first, BATCH, "0x99", "no");
    assertThat(verify().sums().waiting()).isEqualTo(5);

    Batch drop = Batch.ofDrop("c", 33, first, BATCH, "refused:0x99", first + BATCH, first);
    record.writer().dropMade(2, first, BATCH, BatchCodec.encode(drop), offset -> {});
    record.writer().acknowledged(2, first, BATCH, true);
    assertThat(verify().problems()).hasSize(5).allMatch(p -> p.kind() == Problem.Kind.LOST);

    api.deliver(List.of(drop, Batch.ofStatus("c", 33, first + BATCH, first + BATCH)));
    Verdict verdict = verify();
    assertThat(verdict.clean()).isTrue();
    assertThat(verdict.sums().dropped()).isEqualTo(5);
    assertThat(verdict.sums().refused()).isEqualTo(5);
  }

  @Test
  void aDropNobodyDeclaredIsALoss() throws Exception {
    Batch batch = produceUndelivered(2, BATCHES);
    long first = batch.header().firstSequence();
    record.writer().acknowledged(2, first, BATCH, false);
    api.deliver(List.of(Batch.ofDrop("c", 33, first, BATCH, "expired", first + BATCH, first)));
    assertThat(verify().problems()).hasSize(5).allMatch(p -> p.kind() == Problem.Kind.LOST);
  }

  @Test
  void devicesAreIndexedInGroupsWithTheSameResult() throws Exception {
    api.replace(api.row("a", 20), r -> r.under("c"));
    Verdict verdict =
        new Verifier(closedCopy(), api.url(), Duration.ZERO, Origin.UNKNOWN, 8, line -> {})
            .verify();
    assertThat(verdict.devices()).hasSize(3);
    assertThat(verdict.problems())
        .singleElement()
        .satisfies(p -> assertThat(p.kind()).isEqualTo(Problem.Kind.MISPLACED));
  }

  @Test
  void passingFailuresAreAskedAgain() throws Exception {
    api.failNext(2);
    assertThat(verify().clean()).isTrue();
  }

  @Test
  void withoutAnApiItCouldNotCheck() throws Exception {
    api.failNext(1_000);
    assertThatThrownBy(this::verify)
        .isInstanceOf(CannotCheckException.class)
        .hasMessageContaining("503");
    api.failNext(0);
    Path copy = closedCopy();
    URI elsewhere = api.url().resolve("/elsewhere");
    assertThatThrownBy(
            () -> new Verifier(copy, elsewhere, Duration.ZERO, Origin.UNKNOWN, line -> {}).verify())
        .isInstanceOf(CannotCheckException.class)
        .hasMessageContaining("404");
  }

  @Test
  void theReportsSayTheSame() throws Exception {
    api.remove(api.row("b", 17));
    Verdict verdict = verify();
    assertThat(VerdictReport.json(verdict))
        .startsWith(
            "{\"verdict\":\"unclean\",\"produced\":120,\"waiting\":0,\"stored\":119,\"quarantined\":0,"
                + "\"dropped\":0,\"missing\":1,\"duplicates\":0,\"redelivered\":3,\"refused\":0,\"faults\":0,\"seed\":7,")
        .contains(
            "\"problems\":[{\"kind\":\"lost\",\"device\":\"b\",\"epoch\":22,\"sequence\":17,");
    Path junit = folder.resolve("junit.xml");
    VerdictReport.writeJUnit(verdict, junit);
    var suite =
        javax.xml.parsers.DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(junit.toFile())
            .getDocumentElement();
    assertThat(suite.getAttribute("tests")).isEqualTo("3");
    assertThat(suite.getElementsByTagName("failure").getLength()).isEqualTo(1);
  }

  private void only(Problem.Kind kind, String device, long epoch, long sequence) throws Exception {
    Verdict verdict = verify();
    assertThat(verdict.problems())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.kind()).isEqualTo(kind);
              assertThat(p.device()).isEqualTo(device);
              assertThat(p.epoch()).isEqualTo(epoch);
              assertThat(p.sequence()).isEqualTo(sequence);
            });
    assertThat(verdict.clean()).isFalse();
    Sums sums = verdict.sums();
    assertThat(
            sums.waiting() + sums.stored() + sums.quarantined() + sums.dropped() + sums.missing())
        .isEqualTo(sums.produced());
  }

  private Verdict verify() throws Exception {
    return new Verifier(closedCopy(), api.url(), Duration.ZERO, Origin.UNKNOWN, line -> {})
        .verify();
  }

  /** The record as it is once all that was written is on the disk. */
  private Path closedCopy() throws Exception {
    record.close();
    record =
        RecordFolder.open(
            folder, Map.of("plan", "*", "seed", "*"), List.of(), () -> 0L, failure -> {});
    Path copy = Files.createTempDirectory(folder, "copy");
    Files.copy(folder.resolve(RecordReader.FILE_NAME), copy.resolve(RecordReader.FILE_NAME));
    return copy;
  }

  private void alter(String device, long sequence, String metric, Value value) {
    StoredRow row = api.row(device, sequence);
    Map<String, Value> values = new LinkedHashMap<>(row.reading().values());
    values.put(metric, value);
    api.replace(row, r -> r.with(with(r.reading(), values)));
  }

  private Batch produceUndelivered(int stream, int number) throws Exception {
    return produce(stream, number, false);
  }

  private Batch produce(int stream, int number, boolean delivered) throws Exception {
    String device = List.of("a", "b", "c").get(stream);
    List<Reading> readings = new ArrayList<>();
    long first = (long) number * BATCH;
    for (int i = 0; i < BATCH; i++) {
      readings.add(reading(stream, first + i));
    }
    Batch batch =
        Batch.ofReadings(device, 11L * (stream + 1), first, readings, first + BATCH, first);
    byte[] encoded = BatchCodec.encode(batch);
    record.writer().produced(stream, first, BATCH, encoded, offset -> {});
    if (delivered) {
      record.writer().acknowledged(stream, first, BATCH, false);
      api.deliver(
          List.of(batch, Batch.ofStatus(device, 11L * (stream + 1), first + BATCH, first + BATCH)));
      batches.add(batch);
      bytes.add(encoded);
    }
    return batch;
  }

  private static Reading reading(int stream, long number) {
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("temperature", Value.of(20 + stream + number / 7.0));
    values.put("zero", Value.of(-0.0));
    values.put("open", Value.of(true));
    values.put("state", Value.of("ok"));
    return new Reading("main", "weather", START + number * 1_000_000_007L, values);
  }

  private static Reading shifted(Reading reading, long nanos) {
    return new Reading(
        reading.sensor(), reading.kind(), reading.timeNanos() + nanos, reading.values());
  }

  private static Reading with(Reading reading, Map<String, Value> values) {
    return new Reading(reading.sensor(), reading.kind(), reading.timeNanos(), values);
  }
}
