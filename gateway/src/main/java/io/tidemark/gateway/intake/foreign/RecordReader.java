package io.tidemark.gateway.intake.foreign;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pulls records out of JSON or CBOR: an object, or an array of them; fields are plain values, or
 * objects of plain values. What breaks a limit ends the reading where it stands, so the memory
 * taken is bounded by the payload's size. Stateless and thread-safe.
 */
final class RecordReader {
  /** Records in a payload. */
  static final int RECORDS_MAX = Limits.BATCH_MAX_READINGS;

  /** Fields of one record: a reading's metrics, and what may stand beside them. */
  static final int FIELDS_MAX = Limits.READING_MAX_METRICS + 16;

  /** A name: SenML's may have a path before the metric. */
  private static final int NAME_MAX_CHARS = 256;

  private static final int NUMBER_MAX_CHARS = 400;
  private static final int SHOWN_MAX_CHARS = 120;

  /** Objects and arrays around a value: array, record, {@code values}. */
  private static final int DEPTH_MAX = 3;

  private static final long EXACT_MAX = 1L << 53;

  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder()
          .maxNestingDepth(DEPTH_MAX)
          .maxNameLength(NAME_MAX_CHARS)
          .maxStringLength(Limits.TEXT_MAX_BYTES)
          .maxNumberLength(NUMBER_MAX_CHARS)
          .build();

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(CONSTRAINTS)
          // Names come from strangers: none of them is kept for ever.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private static final JsonFactory CBOR =
      CBORFactory.builder()
          .streamReadConstraints(CONSTRAINTS)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private final JsonParser in;
  private final String language;

  private RecordReader(JsonParser in, String language) {
    this.in = in;
    this.language = language;
  }

  /**
   * The records of a JSON payload.
   *
   * @throws ForeignFormatException if there are none, or a limit is broken
   */
  static List<Map<String, Item>> json(byte[] payload) throws ForeignFormatException {
    return read(JSON, payload, "JSON");
  }

  /** The records of a CBOR payload. Whole numbers as names come as their digits. */
  static List<Map<String, Item>> cbor(byte[] payload) throws ForeignFormatException {
    return read(CBOR, payload, "CBOR");
  }

  private static List<Map<String, Item>> read(JsonFactory factory, byte[] payload, String language)
      throws ForeignFormatException {
    try (JsonParser parser = factory.createParser(payload)) {
      return new RecordReader(parser, language).records();
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw new ForeignFormatException(
          "not %s, or beyond a limit: %s%s"
              .formatted(language, said(e), at == null ? "" : " at " + place(at, language)));
    } catch (IOException e) {
      throw new ForeignFormatException("not " + language + ": " + e.getMessage());
    }
  }

  private List<Map<String, Item>> records() throws IOException, ForeignFormatException {
    List<Map<String, Item>> records = new ArrayList<>();
    JsonToken first = in.nextToken();
    if (first == JsonToken.START_OBJECT) {
      records.add(fields(true));
    } else if (first == JsonToken.START_ARRAY) {
      while (in.nextToken() != JsonToken.END_ARRAY) {
        if (in.currentToken() != JsonToken.START_OBJECT) {
          throw wrong("the array holds something else than objects");
        }
        if (records.size() == RECORDS_MAX) {
          throw wrong("more than %d records: send fewer at a time".formatted(RECORDS_MAX));
        }
        records.add(fields(true));
      }
    } else {
      throw wrong(
          first == null
              ? "the payload is empty: send an object of metrics, such as {\"temperature\":21.5}"
              : "send an object of metrics, such as {\"temperature\":21.5}, or an array of objects");
    }
    if (in.nextToken() != null) {
      throw wrong("something follows the end: send one object or one array a message");
    }
    if (records.isEmpty()) {
      throw wrong("the array is empty");
    }
    return records;
  }

  /** The fields of the object that has just begun. */
  private Map<String, Item> fields(boolean mayNest) throws IOException, ForeignFormatException {
    Map<String, Item> fields = new LinkedHashMap<>();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      if (in.currentToken() == null) {
        throw wrong("it ends within an object");
      }
      String name = in.currentName();
      in.nextToken();
      if (fields.size() == FIELDS_MAX) {
        throw wrong("more than %d fields in one object".formatted(FIELDS_MAX));
      }
      if (fields.put(name, item(name, mayNest)) != null) {
        throw wrong(shown(name) + " stands twice in one object");
      }
    }
    return fields;
  }

  private Item item(String name, boolean mayNest) throws IOException, ForeignFormatException {
    JsonToken token = in.currentToken();
    if (token == null) {
      throw wrong("it ends behind " + shown(name));
    }
    return switch (token) {
      case VALUE_NUMBER_INT -> whole(name);
      case VALUE_NUMBER_FLOAT -> real(name);
      case VALUE_STRING -> new Item.Text(in.getText());
      case VALUE_TRUE -> new Item.Flag(true);
      case VALUE_FALSE -> new Item.Flag(false);
      case VALUE_NULL -> new Item.Nothing();
      case VALUE_EMBEDDED_OBJECT -> data(name);
      case START_OBJECT -> {
        if (!mayNest) {
          throw wrong(shown(name) + " is an object within an object: send plain values");
        }
        yield new Item.Fields(fields(false));
      }
      default ->
          throw wrong(shown(name) + " is no plain value: send numbers, texts, true or false");
    };
  }

  private Item whole(String name) throws IOException, ForeignFormatException {
    long value = 0;
    boolean exact = in.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    if (exact) {
      value = in.getLongValue();
      exact = value <= EXACT_MAX && value >= -EXACT_MAX;
    }
    if (!exact) {
      throw wrong(
          shown(name)
              + " is a whole number beyond 2^53, which would not be kept exactly: send it as a text");
    }
    return new Item.Whole(value);
  }

  private Item real(String name) throws IOException, ForeignFormatException {
    double value = in.getDoubleValue();
    if (!Double.isFinite(value)) {
      throw wrong(shown(name) + " is no finite number: leave out what was not measured");
    }
    return new Item.Real(value);
  }

  private Item data(String name) throws IOException, ForeignFormatException {
    if (!(in.getEmbeddedObject() instanceof byte[])) {
      throw wrong(shown(name) + " is of a type that is not taken");
    }
    return new Item.Data();
  }

  private ForeignFormatException wrong(String what) {
    return new ForeignFormatException(
        what + " (" + place(in.currentTokenLocation(), language) + ")");
  }

  private static String said(JsonProcessingException e) {
    String said = String.valueOf(e.getOriginalMessage());
    // What follows is about the parser, not about the payload.
    int about = said.indexOf(" (from `");
    about = about < 0 ? said.indexOf(", from `") : about;
    return shown(about < 0 ? said : said.substring(0, about) + (said.contains("(") ? ")" : ""));
  }

  private static String place(JsonLocation at, String language) {
    return language.equals("JSON")
        ? "line %d, column %d".formatted(at.getLineNr(), at.getColumnNr())
        : "byte " + Math.max(0, at.getByteOffset());
  }

  /** A text of a stranger's, fit for a message. */
  static String shown(String text) {
    return Names.shown(text, SHOWN_MAX_CHARS);
  }
}
