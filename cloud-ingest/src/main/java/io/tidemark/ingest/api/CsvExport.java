package io.tidemark.ingest.api;

import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.Value;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * Readings as CSV (RFC 4180), a column a metric, read and written a page at a time: memory does not
 * go with their number, and the first lines are there before the last rows are read.
 */
final class CsvExport implements StreamingOutput {
  private static final int PAGE_ROWS = 2_000;

  private final TimeSeriesStore store;
  private final ReadQuery query;
  private final long maxRows;
  private final SortedSet<String> metrics;

  /** Asks for the header's metrics: a store that is away fails here, where it can still be told. */
  CsvExport(TimeSeriesStore store, ReadQuery query, long maxRows) throws StoreUnavailableException {
    this.store = store;
    this.query =
        new ReadQuery(
            query.device(),
            query.sensor(),
            query.fromNanos(),
            query.toNanos(),
            query.after(),
            PAGE_ROWS);
    this.maxRows = maxRows;
    metrics = store.metrics(this.query);
  }

  @Override
  public void write(OutputStream output) throws IOException {
    Writer out = new BufferedWriter(new OutputStreamWriter(output, StandardCharsets.UTF_8));
    out.write("time,sensor,kind,epoch,sequence");
    for (String metric : metrics) {
      out.write(',');
      out.write(metric);
    }
    out.write("\r\n");
    try {
      rows(out);
    } catch (StoreUnavailableException e) {
      throw new IOException("the store went away in the middle: " + e.getMessage(), e);
    }
    out.flush();
  }

  private void rows(Writer out) throws StoreUnavailableException, IOException {
    ReadQuery next = query;
    long left = maxRows;
    while (left > 0) {
      List<Row> page = store.read(next);
      for (Row row : page) {
        if (left-- > 0) {
          write(out, row);
        }
      }
      if (page.size() < PAGE_ROWS) {
        return;
      }
      next = next.from(page.get(page.size() - 1).position());
    }
  }

  private void write(Writer out, Row row) throws IOException {
    Map<String, Value> values = row.reading().values();
    if (!metrics.containsAll(values.keySet())) {
      throw new IOException("a reading with a new metric came in the middle; ask again");
    }
    out.write(Times.format(row.reading().timeNanos()));
    out.write(
        ",%s,%s,%d,%d"
            .formatted(
                row.reading().sensor(), row.reading().kind(), row.key().epoch(), row.sequence()));
    for (String metric : metrics) {
      out.write(',');
      Value value = values.get(metric);
      if (value != null) {
        out.write(quoted(String.valueOf(Views.plain(value)), value instanceof Value.Text));
      }
    }
    out.write("\r\n");
  }

  private static String quoted(String text, boolean always) {
    return always ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
