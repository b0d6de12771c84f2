package io.tidemark.ingest.storage.influx;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a query, read as it comes: any number of JSON documents {@code
 * {"results":[{"series":[{"name","tags","columns","values"}]}]}}. Memory is that of one row.
 */
final class QueryAnswer {
  private static final JsonFactory JSON = new JsonFactory();

  private final JsonParser parser;
  private final RowReader reader;
  private boolean more;

  /**
   * What the rows after it have in common.
   *
   * @param name the measurement
   * @param tags those grouped by
   * @param columns names of the values, in their order
   * @param positions of the columns, by name
   */
  record Series(
      String name, Map<String, String> tags, List<String> columns, Map<String, Integer> positions) {
    Series(String name, Map<String, String> tags, List<String> columns) {
      this(name, tags, columns, new HashMap<>());
      for (int i = 0; i < columns.size(); i++) {
        positions.put(columns.get(i), i);
      }
    }
  }

  /** Told of every row. */
  @FunctionalInterface
  interface RowReader {
    /** {@code values}: as the JSON has them, null for null; only valid during the call. */
    void row(Series series, List<@Nullable String> values) throws IOException;
  }

  private QueryAnswer(JsonParser parser, RowReader reader) {
    this.parser = parser;
    this.reader = reader;
  }

  /**
   * Reads it to its end.
   *
   * @throws IOException if it is no whole answer, or an error the server found while answering
   */
  static void read(InputStream in, RowReader reader) throws IOException {
    try (JsonParser parser = JSON.createParser(in)) {
      QueryAnswer answer = new QueryAnswer(parser, reader);
      while (parser.nextToken() != null) {
        answer.object(answer::documentField);
      }
      if (answer.more) {
        throw new IOException("the answer ends where more was announced");
      }
    }
  }

  private interface FieldReader {
    void field(String name) throws IOException;
  }

  /** Stands at an object's start; ends at its end. Each field is read up to its last token. */
  private void object(FieldReader fields) throws IOException {
    expect(JsonToken.START_OBJECT);
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      fields.field(name);
    }
    expect(JsonToken.END_OBJECT);
  }

  private void each(FieldReader element) throws IOException {
    expect(JsonToken.START_ARRAY);
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      element.field("");
    }
  }

  private void documentField(String name) throws IOException {
    switch (name) {
      case "results" -> each(none -> result());
      case "error" -> throw error();
      default -> parser.skipChildren();
    }
  }

  private void result() throws IOException {
    more = false;
    object(
        name -> {
          switch (name) {
            case "series" -> each(none -> series());
            case "partial" -> more = parser.getBooleanValue();
            case "error" -> throw error();
            default -> parser.skipChildren();
          }
        });
  }

  private IOException error() throws IOException {
    String message = parser.getText();
    return Answers.isMissingDatabase(message)
        ? new MissingDatabaseException(message)
        : new IOException("the server says: " + message);
  }

  private void series() throws IOException {
    String[] measurement = {""};
    Map<String, String> tags = new LinkedHashMap<>();
    List<String> columns = new ArrayList<>();
    object(
        name -> {
          switch (name) {
            case "name" -> measurement[0] = parser.getText();
            case "tags" -> object(tag -> tags.put(tag, parser.getText()));
            case "columns" -> each(none -> columns.add(parser.getText()));
            case "values" -> values(new Series(measurement[0], tags, columns));
            default -> parser.skipChildren();
          }
        });
  }

  private void values(Series series) throws IOException {
    List<@Nullable String> row = new ArrayList<>();
    each(
        none -> {
          row.clear();
          each(
              nothing ->
                  row.add(parser.currentToken() == JsonToken.VALUE_NULL ? null : parser.getText()));
          if (row.size() != series.columns().size()) {
            throw new IOException(
                "a row has %d values for %d columns"
                    .formatted(row.size(), series.columns().size()));
          }
          reader.row(series, row);
        });
  }

  private void expect(JsonToken token) throws IOException {
    if (parser.currentToken() != token) {
      throw new IOException("%s expected, but there is %s".formatted(token, parser.currentToken()));
    }
  }
}
