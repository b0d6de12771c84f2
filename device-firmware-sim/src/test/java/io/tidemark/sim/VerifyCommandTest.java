package io.tidemark.sim;

import static io.tidemark.sim.Commands.execute;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.identity.ApiAccess;
import io.tidemark.sim.record.Entry;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.sim.record.RecordReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which records {@code sim verify} judges, and which prove nothing. */
@NullUnmarked
class VerifyCommandTest {
  @TempDir Path folder;

  @Test
  void aRecordThatIsNotWhatItsSeedGivesIsNotCompared() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        FakeApi api = new FakeApi()) {
      Path record = folder.resolve("r");
      Commands.Result run =
          execute(
              "run",
              "--gateway=" + gateway.url(),
              "--record=" + record,
              "--seed=7",
              "--devices=2",
              "--rate=50",
              "--for=200ms",
              "--device-fault=new-card at 100ms");
      assertThat(run.code()).as(run.err()).isZero();
      api.deliver(gateway.accepted());
      Commands.Result right = verify(copy(record, Map.of()), api);
      assertThat(right.json().getString("verdict")).as(right.err()).isEqualTo("clean");
      assertThat(right.json().getLong("regenerated")).isEqualTo(20);
      assertThat(right.err())
          .contains("20 readings of the record were made again from its seed, and are the same");

      Commands.Result other = verify(copy(record, Map.of("seed", "8")), api);
      assertThat(other.code()).isEqualTo(2);
      assertThat(other.err()).contains("the record is not what its seed gives: sim-0000");
      Commands.Result fewer = verify(copy(record, Map.of("device-faults", "")), api);
      assertThat(fewer.err()).contains("there is no reading 0 in epoch 2 of device ");
      Commands.Result odd = verify(copy(record, Map.of("start", "tomorrow")), api);
      assertThat(odd.code()).isEqualTo(2);
      assertThat(odd.err()).contains("says what it is a record of in a way that is not understood");
    }
  }

  @Test
  void aRecordThatIsBeingWrittenIsNotJudged() throws Exception {
    Path record = folder.resolve("r");
    try (RecordFolder held =
        RecordFolder.open(record, Map.of("seed", "7"), List.of("a"), () -> 1L, failure -> {})) {
      Commands.Result result =
          execute("verify", "--record=" + record, "--api=http://127.0.0.1:1", "--json");
      assertThat(held.resumed()).isFalse();
      assertThat(result.code()).isEqualTo(2);
      assertThat(result.json().getString("why")).contains("is in use by another process");
    }
    Commands.Result none = execute("verify", "--record=no-such", "--api=http://127.0.0.1:1");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("no record in no-such");
    assertThat(Path.of("no-such")).doesNotExist();
  }

  @Test
  void anApiThatWantsAKeyIsGivenTheFiles() throws Exception {
    Path record = folder.resolve("r");
    Path key = folder.resolve("key.txt");
    try (FakeApi api = new FakeApi()) {
      RecordFolder.open(record, Map.of("seed", "7"), List.of("a"), () -> 1L, failure -> {}).close();
      api.wantKey("tmk_secret");
      Commands.Result without = verify(record, api);
      assertThat(without.code()).isEqualTo(2);
      assertThat(without.err()).contains("answered 401").contains("this needs the role viewer");
      Files.writeString(key, "tmk_secret\n");
      Commands.Result with = verify(record, api, "--api-key-file=" + key);
      assertThat(with.err()).doesNotContain("answered", "tmk_secret");
      Files.writeString(key, "tmk_secret and more\n");
      Commands.Result wrong = verify(record, api, "--api-key-file=" + key);
      assertThat(wrong.code()).isEqualTo(2);
      assertThat(wrong.err())
          .contains("key.txt has to be an API key and nothing else")
          .doesNotContain("tmk_secret");
      Commands.Result none = verify(record, api, "--api-key-file=" + folder.resolve("none"));
      assertThat(none.err()).contains("the API key cannot be read from");
    }
    assertThat(new ApiKeyOption().key(Map.of(ApiAccess.VARIABLE, "tmk_mine")))
        .isEqualTo("tmk_mine");
    assertThat(new ApiKeyOption().key(Map.of())).isEmpty();
  }

  private static Commands.Result verify(Path record, FakeApi api, String... more) {
    return execute(
        Stream.concat(
                Stream.of(
                    "verify", "--record=" + record, "--api=" + api.url(), "--json", "--settle=0s"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  /** The same batches in a record that says something else of itself. */
  private Path copy(Path record, Map<String, String> others) throws Exception {
    List<Entry> entries = new ArrayList<>();
    try (RecordReader reader = new RecordReader(record)) {
      for (Entry entry = reader.next(); entry != null; entry = reader.next()) {
        entries.add(entry);
      }
    }
    Map<String, String> settings = new HashMap<>(((Entry.Plan) entries.get(0)).settings());
    settings.putAll(others);
    List<Entry.Device> devices =
        entries.stream()
            .filter(Entry.Device.class::isInstance)
            .map(Entry.Device.class::cast)
            .toList();
    Iterator<Long> epochs = devices.stream().map(Entry.Device::epoch).iterator();
    Path copy = Files.createTempDirectory(folder, "copy");
    try (RecordFolder made =
        RecordFolder.open(
            copy,
            settings,
            devices.subList(0, 2).stream().map(Entry.Device::device).toList(),
            epochs::next,
            failure -> {})) {
      for (Entry.Device further : devices.subList(2, devices.size())) {
        made.writer().epochBegan(further.stream(), further.device(), further.epoch(), () -> {});
      }
      for (Entry entry : entries) {
        if (entry instanceof Entry.Produced produced) {
          made.writer()
              .produced(
                  produced.stream(),
                  produced.first(),
                  produced.count(),
                  produced.batch(),
                  offset -> {});
        }
      }
    }
    return copy;
  }
}
