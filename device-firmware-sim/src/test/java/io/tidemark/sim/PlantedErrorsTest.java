package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.FakeApi.StoredRow;
import io.tidemark.sim.record.Entry;
import io.tidemark.sim.record.RecordReader;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run of devices that send all there is, over every protocol, to gateways that acknowledge
 * everything; then one thing is done to what arrived, and {@code verify} has to name it.
 */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class PlantedErrorsTest {
  private static final String SCENARIO =
      """
      start: 2026-01-31T12:00:00Z
      seed: 7
      for: 500ms
      groups:
        - {class: weather-station, count: 4, rate: 40, batch-size: 5, prefix: batch-}
        - {class: weather-station, count: 4, rate: 40, batch-size: 5, prefix: json-, payload: json}
        - {class: cold-chain, count: 4, rate: 40, batch-size: 5, prefix: senml-, payload: senml}
        - {class: vibration, count: 4, rate: 40, batch-size: 5, prefix: cbor-, payload: senml-cbor}
      """;

  /** The reading that something happens to; of each device. */
  private static final long VICTIM = 7;

  private static final int READINGS = 16 * 20;

  @TempDir static Path folder;
  private Path record;
  private List<Batch> arrived;
  private List<ScriptedGateway.Received> received;
  private final Map<String, Long> epochs = new HashMap<>();
  private FakeApi api;

  @BeforeAll
  void run() throws Exception {
    record = folder.resolve("record");
    Path scenario = Files.writeString(folder.resolve("all.yaml"), SCENARIO);
    try (ScriptedGateway mqtt = ScriptedGateway.accepting();
        ScriptedCoapGateway coap = ScriptedCoapGateway.accepting()) {
      Commands.Result result =
          Commands.execute(
              "run",
              scenario.toString(),
              "--gateway=" + mqtt.url(),
              "--gateway=" + coap.url(),
              "--mqtt=mixed",
              "--json",
              "--record=" + record);
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(READINGS);
      arrived = Stream.concat(mqtt.accepted().stream(), coap.accepted().stream()).toList();
      received = Stream.concat(mqtt.received().stream(), coap.received().stream()).toList();
      // 1 and 3 of each group over MQTT, the latter without content types; 2 and 4 over CoAP.
      assertThat(mqtt.versions()).containsEntry("senml-00001", 5).containsEntry("cbor-00003", 4);
    }
    try (RecordReader reader = new RecordReader(record)) {
      for (Entry entry = reader.next(); entry != null; entry = reader.next()) {
        if (entry instanceof Entry.Device device) {
          epochs.put(device.device(), device.epoch());
        }
      }
    }
  }

  @BeforeEach
  void arrive() throws Exception {
    api = new FakeApi().deliver(arrived);
  }

  @AfterEach
  void close() {
    api.close();
  }

  @AfterAll
  void onlyBatchDevicesDeclareAnything() {
    assertThat(arrived)
        .filteredOn(batch -> batch.header().kind() != BatchHeader.Kind.READINGS)
        .isNotEmpty()
        .allMatch(batch -> batch.header().device().startsWith("batch-"));
  }

  @Test
  void nothingIsWrongBeforehand() throws Exception {
    Commands.Result verify = verify();
    assertThat(verify.code()).as(verify.out()).isZero();
    assertThat(verify.json().getLong("stored")).isEqualTo(READINGS);
    assertThat(verify.json().getLong("foreignRows")).isZero();
    assertThat(verify.json().getLong("redeliveredRows")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-00001", "json-00003", "senml-00002", "cbor-00001"})
  void aDeletedRowIsNamed(String device) throws Exception {
    api.remove(api.row(device, VICTIM));
    named("lost", device, VICTIM);
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-00002", "json-00001", "senml-00003", "cbor-00004"})
  void aDoubledRowIsNamed(String device) throws Exception {
    StoredRow row = api.row(device, VICTIM);
    api.add(row.with(at(row.reading(), row.reading().timeNanos() + 1)));
    JsonObject verdict = named("doubled", device, VICTIM);
    assertThat(verdict.getLong("duplicates")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-00003", "json-00002", "senml-00001", "cbor-00002"})
  void aRowThatDiffersInOneBitIsNamed(String device) throws Exception {
    api.replace(api.row(device, VICTIM), row -> row.with(oneBitOff(row.reading())));
    JsonObject problem = problem(named("altered", device, VICTIM));
    assertThat(problem.getString("detail")).contains("was produced as").contains("(bits ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-00001", "json-00004", "senml-00003", "cbor-00003"})
  void aRowMovedInTimeIsNamed(String device) throws Exception {
    // By little, by much, and to where another reading of the sensor is.
    for (long nanos : new long[] {1, -3_600_000_000_000L, 25_000_000}) {
      try (FakeApi moved = new FakeApi().deliver(arrived)) {
        moved.replace(
            moved.row(device, VICTIM),
            row -> row.with(at(row.reading(), row.reading().timeNanos() + nanos)));
        named(moved, "moved", device, VICTIM);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-00001", "json-00003", "senml-00003", "cbor-00004"})
  void aRowUnderAnotherDeviceIsNamed(String device) throws Exception {
    for (String other : List.of("somebody-else", "senml-00001", "batch-00002")) {
      try (FakeApi misplaced = new FakeApi().deliver(arrived)) {
        misplaced.replace(misplaced.row(device, VICTIM), row -> row.under(other));
        JsonObject problem = problem(named(misplaced, "misplaced", device, VICTIM));
        assertThat(problem.getString("detail")).startsWith("stored under device " + other);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-00004", "json-00002", "senml-00004", "cbor-00003"})
  void aBatchAcknowledgedAndNeverSentOnIsNamed(String device) throws Exception {
    BatchHeader lost =
        arrived.stream().filter(b -> isVictim(b, device)).findFirst().orElseThrow().header();
    try (FakeApi without =
        new FakeApi().deliver(arrived.stream().filter(b -> !isVictim(b, device)).toList())) {
      Commands.Result verify = verify(without, "0s");
      assertThat(verify.code()).as(verify.out()).isEqualTo(1);
      assertThat(verify.json().getJsonArray("problems"))
          .extracting(
              p -> ((JsonObject) p).getString("kind"),
              p -> ((JsonObject) p).getString("device"),
              p -> ((JsonObject) p).getLong("epoch"),
              p -> ((JsonObject) p).getLong("sequence"))
          .containsExactlyElementsOf(
              LongStream.range(lost.firstSequence(), lost.firstSequence() + lost.count())
                  .mapToObj(n -> tuple("lost", device, epochs.get(device), n))
                  .toList());
      if (device.startsWith("senml") || device.startsWith("cbor")) {
        without.stopForwarding(); // so that nobody knows yet
        JsonObject waits = verify(without, "0s").json();
        assertThat(waits.getJsonArray("problems")).as(waits.encode()).isEmpty();
        assertThat(waits.getLong("waiting")).isEqualTo(lost.count());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json-00002", "senml-00002", "cbor-00002"})
  void whatIsQuarantinedIsKnownByItsBytesOrByTheBatchMadeOfThem(String device) throws Exception {
    Batch victim =
        arrived.stream().filter(batch -> isVictim(batch, device)).findFirst().orElseThrow();
    // What comes as it was sent has got no numbers, so none is left out before others: the last.
    ScriptedGateway.Received last =
        received.stream()
            .filter(r -> r.batch().header().device().equals(device))
            .max(Comparator.comparingLong(r -> r.batch().header().firstSequence()))
            .orElseThrow();
    quarantined(last.batch(), last.bytes());
    quarantined(victim, BatchCodec.encode(victim));
    api.quarantine(api.row(device, VICTIM), BatchCodec.encode(victim));
    assertThat(clean(api).getLong("quarantined")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"senml-00002", "cbor-00001"})
  void aRowForEachDeliveryIsWhatIsPromised(String device) throws Exception {
    StoredRow row = api.row(device, VICTIM);
    long again = SentReadings.GATEWAY_EPOCH + 500;
    api.add(row.inEpoch(again));
    assertThat(clean(api).getLong("redeliveredRows")).isEqualTo(1);

    // Another run's: neither altered nor moved.
    api.add(
        row.inEpoch(again + 1).with(at(row.reading(), row.reading().timeNanos() - 7_777_000_000L)));
    assertThat(clean(api).getLong("foreignRows")).isEqualTo(1);

    // Another run's with another seed: of the sensor and millisecond, but none of this epoch are.
    api.add(new StoredRow(device, again + 2, VICTIM, oneBitOff(row.reading())));
    assertThat(clean(api).getLong("foreignRows")).isEqualTo(2);

    // A row too many, and altered.
    api.add(new StoredRow(device, again, VICTIM + 1, oneBitOff(row.reading())));
    JsonObject verdict = named("altered", device, VICTIM);
    assertThat(verdict.getLong("redeliveredRows")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"senml-00002", "cbor-00001"})
  void aRowTooFewOfABatchThatCameTwiceIsNamed(String device) throws Exception {
    Batch again = again(device);
    long epoch = again.header().epoch();
    long number = again.header().firstSequence() + 2;
    api.deliver(List.of(again));
    assertThat(clean(api).getLong("redeliveredRows")).isEqualTo(again.header().count());

    StoredRow row = api.row(device, number);
    api.remove(row);
    gapIsNamed(device, epoch, number);
    api.remove(api.row(device, VICTIM)); // which has its other row still: a gap, too
    assertThat(verify().json().getJsonArray("problems")).hasSize(2);

    try (FakeApi set = new FakeApi().deliver(arrived).deliver(List.of(again))) {
      set.quarantine(row);
      assertThat(clean(set).getLong("redeliveredRows")).isEqualTo(again.header().count() - 1);
    }
    try (FakeApi others = new FakeApi().deliver(arrived).deliver(List.of(again))) {
      others.replace(row, r -> r.with(at(r.reading(), r.reading().timeNanos() - 7_777_000_000L)));
      assertThat(clean(others).getLong("foreignRows")).isEqualTo(1);
    }
    try (FakeApi misplaced = new FakeApi().deliver(arrived).deliver(List.of(again))) {
      misplaced.replace(row, r -> r.under("batch-00002"));
      api.close();
      api = misplaced;
      gapIsNamed(device, epoch, number);
    }
  }

  @Test
  void whatWaitsOnAGatewayIsNoGap() throws Exception {
    Batch again = again("senml-00002");
    BatchHeader header = again.header();
    long behind = header.firstSequence() + 2;
    List<Reading> rest = again.readings().subList(2, again.readings().size());
    Batch early =
        Batch.ofReadings(
            header.device(),
            header.epoch(),
            behind,
            rest,
            header.nextSequence(),
            header.firstSequence());
    api.deliver(List.of(early));
    assertThat(clean(api).getLong("redeliveredRows")).isEqualTo(rest.size());

    // Once everything has been forwarded, the ledger knows that they are missing.
    api.deliver(List.of(Batch.ofForeign(header.device(), header.epoch(), behind, rest)));
    Commands.Result verify = verify();
    assertThat(verify.json().getJsonArray("problems"))
        .extracting(
            p -> ((JsonObject) p).getString("kind"), p -> ((JsonObject) p).getLong("sequence"))
        .containsExactly(
            tuple("lost", header.firstSequence()), tuple("lost", header.firstSequence() + 1));
  }

  @Test
  void aReadingThatIsAlteredIsNotMovedToo() throws Exception {
    String device = "cbor-00001";
    StoredRow row = api.row(device, VICTIM);
    api.replace(row, r -> r.with(oneBitOff(r.reading())));
    long later = row.reading().timeNanos() + 7_777_000_000L;
    api.add(row.inEpoch(1).with(at(row.reading(), later))); // another run's, of the same values
    named("altered", device, VICTIM);
  }

  /** The victim's batch with the numbers that it would get if it came once more. */
  private Batch again(String device) {
    Batch batch = arrived.stream().filter(b -> isVictim(b, device)).findFirst().orElseThrow();
    long next =
        arrived.stream()
            .filter(b -> b.header().epoch() == batch.header().epoch())
            .mapToLong(b -> b.header().nextSequence())
            .max()
            .orElseThrow();
    List<Reading> readings =
        IntStream.range(0, batch.readings().size())
            .mapToObj(
                i -> {
                  Reading reading = batch.readings().get(i);
                  long millis = reading.timeNanos() / 1_000_000;
                  return at(reading, millis * 1_000_000 + next + i);
                })
            .toList();
    return Batch.ofForeign(device, batch.header().epoch(), next, readings);
  }

  private void gapIsNamed(String device, long epoch, long number) throws Exception {
    Commands.Result verify = verify();
    assertThat(verify.code()).as(verify.out()).isEqualTo(1);
    JsonObject problem = problem(verify.json());
    assertThat(problem.getString("kind")).isEqualTo("lost");
    assertThat(problem.getString("device")).isEqualTo(device);
    assertThat(problem.getLong("epoch")).isEqualTo(epoch);
    assertThat(problem.getLong("sequence")).isEqualTo(number);
    assertThat(problem.getString("detail")).startsWith("a gateway gave this number, and no row");
    assertThat(verify.json().getLong("missing")).isZero(); // its reading has another row
  }

  @Test
  void aRowOfAnotherSensorIsNamed() throws Exception {
    api.replace(
        api.row("cbor-00002", VICTIM),
        row ->
            row.with(
                new Reading(
                    "other",
                    row.reading().kind(),
                    row.reading().timeNanos(),
                    row.reading().values())));
    JsonObject problem = problem(named("misplaced", "cbor-00002", VICTIM));
    assertThat(problem.getString("detail")).contains("stored under other (telemetry)");
  }

  @Test
  void whatArrivesWhileItWaitsIsNotLost() throws Exception {
    try (FakeApi late =
        new FakeApi().deliver(arrived.stream().filter(b -> !isVictim(b, "senml-00001")).toList())) {
      CompletableFuture<Void> arrival =
          CompletableFuture.runAsync(
              () -> {
                await().until(() -> late.wasAskedFor("senml-00001"));
                late.deliver(arrived.stream().filter(b -> isVictim(b, "senml-00001")).toList());
              });
      Commands.Result verify = verify(late, "60s");
      arrival.join();
      assertThat(verify.code()).as(verify.out()).isZero();
    }
  }

  private void quarantined(Batch batch, byte[] payload) throws Exception {
    try (FakeApi set = new FakeApi().deliver(arrived)) {
      set.quarantine(batch, payload);
      long count = batch.header().count();
      JsonObject verdict = clean(set);
      assertThat(verdict.getLong("quarantined")).isEqualTo(count);
      assertThat(verdict.getLong("stored")).isEqualTo(READINGS - count);
    }
  }

  private static boolean isVictim(Batch batch, String device) {
    return batch.header().device().equals(device)
        && batch.header().kind() == BatchHeader.Kind.READINGS
        && batch.header().firstSequence() <= VICTIM
        && batch.header().firstSequence() + batch.header().count() > VICTIM;
  }

  private static Reading at(Reading reading, long nanos) {
    return new Reading(reading.sensor(), reading.kind(), nanos, reading.values());
  }

  private static Reading oneBitOff(Reading reading) {
    Map<String, Value> values = new LinkedHashMap<>(reading.values());
    for (Map.Entry<String, Value> metric : values.entrySet()) {
      if (metric.getValue() instanceof Value.Num number) {
        metric.setValue(Value.of(Math.nextUp(number.value())));
        break;
      }
    }
    return new Reading(reading.sensor(), reading.kind(), reading.timeNanos(), values);
  }

  private JsonObject named(String kind, String device, long sequence) throws Exception {
    return named(api, kind, device, sequence);
  }

  private JsonObject named(FakeApi at, String kind, String device, long sequence) throws Exception {
    Commands.Result verify = verify(at, "0s");
    assertThat(verify.code()).as(verify.out()).isEqualTo(1);
    JsonObject problem = problem(verify.json());
    assertThat(problem.getString("kind")).as(problem.encode()).isEqualTo(kind);
    assertThat(problem.getString("device")).isEqualTo(device);
    assertThat(problem.getLong("epoch")).isEqualTo(epochs.get(device));
    assertThat(problem.getLong("sequence")).isEqualTo(sequence);
    return verify.json();
  }

  private static JsonObject problem(JsonObject verdict) {
    JsonArray problems = verdict.getJsonArray("problems");
    assertThat(problems).as(verdict.encode()).hasSize(1);
    return problems.getJsonObject(0);
  }

  private JsonObject clean(FakeApi at) throws Exception {
    Commands.Result verify = verify(at, "0s");
    assertThat(verify.code()).as(verify.out()).isZero();
    return verify.json();
  }

  private Commands.Result verify() throws Exception {
    return verify(api, "0s");
  }

  private Commands.Result verify(FakeApi at, String settle) throws Exception {
    return Commands.execute(
        "verify", "--record=" + record, "--api=" + at.url(), "--settle=" + settle, "--json");
  }
}
