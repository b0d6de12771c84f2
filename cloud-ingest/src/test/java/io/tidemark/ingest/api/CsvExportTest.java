package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An export of three pages, of which the store is asked one after the other. */
final class CsvExportTest {
  private static final int ROWS = 5_000;

  private final FakeStore store = new FakeStore();

  @BeforeEach
  void fill() throws Exception {
    store.write(
        IntStream.range(0, ROWS)
            .mapToObj(
                i ->
                    row(
                        i,
                        i < ROWS - 1 ? Map.of("t", Value.of(i)) : Map.of("last", Value.of(true))))
            .toList());
  }

  private CsvExport export() throws Exception {
    return new CsvExport(
        store, new ReadQuery("d", null, 0, Long.MAX_VALUE, null, 1), Long.MAX_VALUE);
  }

  private static Row row(int sequence, Map<String, Value> values) {
    return new Row(new EpochKey("d", 1), sequence, new Reading("s", "k", sequence, values));
  }

  /** Notes how much the store had been asked for when the first bytes came. */
  private final class Output extends ByteArrayOutputStream {
    int readsBefore = -1;

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      if (readsBefore < 0) {
        readsBefore = store.reads.get();
      }
      super.write(bytes, offset, length);
    }
  }

  @Test
  void theFirstLineIsWrittenBeforeTheSecondPageIsRead() throws Exception {
    CsvExport export = export();
    assertThat(store.reads).hasValue(0);
    Output output = new Output();
    export.write(output);
    assertThat(output.readsBefore).isEqualTo(1);
    assertThat(store.reads).hasValue(3);
    List<String> lines = output.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(1 + ROWS);
    assertThat(lines.get(0))
        .as("names what only the last row has")
        .isEqualTo("time,sensor,kind,epoch,sequence,last,t");
    assertThat(lines.get(1)).endsWith(",s,k,1,0,,0.0");
    assertThat(lines.get(ROWS)).endsWith(",s,k,1,4999,true,");
  }

  @Test
  void aStoreThatIsAwayIsToldInstead() throws Exception {
    CsvExport export = export();
    store.away = true;
    assertThatThrownBy(this::export).isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> export.write(new ByteArrayOutputStream()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the store went away in the middle");
  }

  @Test
  void aMetricThatComesInTheMiddleIsNotLeftOut() throws Exception {
    CsvExport export = export();
    store.write(List.of(row(ROWS, Map.of("new", Value.of(1)))));
    assertThatThrownBy(() -> export.write(new ByteArrayOutputStream()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ask again");
  }
}
