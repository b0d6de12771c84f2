package io.tidemark.ingest.replicas;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ChangeCodecTest {
  private static final long DAY = 86_400_000_000_000L;

  private static Row row(String device, long epoch, long sequence, long time, Value value) {
    return new Row(
        new EpochKey(device, epoch), sequence, new Reading("s", "k", time, Map.of("v", value)));
  }

  @Test
  void rowsOfAllSortsComeBack() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      rows.add(row("a", 5, i, i * DAY, Value.of(i / 3.0)));
    }
    rows.add(row("a", 5, 2_000, 7, Value.of(true))); // behind a gap
    rows.add(row("a", 6, 2_001, 7, Value.of("words")));
    rows.add(row("b", 6, 2_002, 7, Value.of(-1)));
    assertThat(ChangeCodec.rows(ChangeCodec.readings(rows))).isEqualTo(rows);
    assertThat(ChangeCodec.rows(ChangeCodec.readings(List.of()))).isEmpty();
  }

  @Test
  void longReadingsOfSeveralBatchesTakeSeveral() throws Exception {
    Value text = Value.of("x".repeat(Limits.TEXT_MAX_BYTES));
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(row("a", 5, i, i, text));
    }
    assertThat(ChangeCodec.rows(ChangeCodec.readings(rows))).isEqualTo(rows);
  }

  @Test
  void ofEachDeviceItSaysHowManyAndWhen() {
    List<Row> rows =
        List.of(
            row("a", 5, 0, DAY, Value.of(1)),
            row("a", 5, 1, DAY + 1, Value.of(1)),
            row("b.-:_", 5, 0, -DAY, Value.of(1)),
            row("a", 6, 0, 900 * DAY, Value.of(1)));
    Map<String, Change.OfDevice> devices =
        ChangeCodec.devices(ChangeCodec.devices(rows, Set.of("a", "c")));
    assertThat(devices).containsOnlyKeys("a", "b.-:_", "c");
    assertThat(devices.get("a")).isEqualTo(new Change.OfDevice(3, DAY, 900 * DAY));
    assertThat(devices.get("b.-:_")).isEqualTo(new Change.OfDevice(1, -DAY, -DAY));
    assertThat(devices.get("c")).isEqualTo(Change.OfDevice.NO_ROWS);
  }
}
