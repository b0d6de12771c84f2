package io.tidemark.ingest.api;

import io.tidemark.ingest.storage.RowPosition;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Where a list goes on, as text nobody is meant to look into. */
final class Cursor {
  static final String RULE = "what \"next\" of the last page said, or absent";

  private Cursor() {}

  static String of(String place) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(place.getBytes(StandardCharsets.UTF_8));
  }

  static String of(RowPosition place) {
    return of(
        "%d %s %d %d %s"
            .formatted(
                place.timeNanos(), place.sensor(), place.epoch(), place.sequence(), place.kind()));
  }

  static @Nullable String parse(@Nullable String cursor) {
    if (cursor == null || cursor.isEmpty()) {
      return null;
    }
    try {
      return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiException.parameter("cursor", cursor, RULE);
    }
  }

  static long parseNumber(@Nullable String cursor, long absent) {
    String place = parse(cursor);
    try {
      return place == null ? absent : Long.parseLong(place);
    } catch (NumberFormatException e) {
      throw ApiException.parameter("cursor", cursor, RULE);
    }
  }

  static @Nullable RowPosition parsePosition(@Nullable String cursor) {
    String place = parse(cursor);
    if (place == null) {
      return null;
    }
    String[] parts = place.split(" ", -1);
    try {
      if (parts.length == 5) {
        Params.name("cursor", parts[1]);
        return new RowPosition(
            Long.parseLong(parts[0]),
            parts[1],
            Long.parseLong(parts[2]),
            Long.parseLong(parts[3]),
            parts[4]);
      }
    } catch (NumberFormatException e) {
      throw ApiException.parameter("cursor", cursor, RULE);
    }
    throw ApiException.parameter("cursor", cursor, RULE);
  }
}
