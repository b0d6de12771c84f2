package io.tidemark.ingest.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Texts that others send: bytes that may be one, and what people write. */
final class Texts {
  private Texts() {}

  /** What they say, if they are UTF-8 without control characters; else null. */
  static @Nullable String plain(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.chars().anyMatch(Character::isISOControl) ? null : text;
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** What somebody wrote in one line, without the space around it; absent is empty. */
  static String line(String field, @Nullable String text, int maxChars) {
    return checked(field, text, maxChars, Character::isISOControl, "one line");
  }

  /** What somebody wrote in several lines. */
  static String lines(String field, @Nullable String text, int maxChars) {
    return checked(
        field,
        text,
        maxChars,
        letter -> Character.isISOControl(letter) && letter != '\n' && letter != '\t',
        "lines");
  }

  private static String checked(
      String field, @Nullable String text, int maxChars, IntPredicate isRefused, String form) {
    String kept = text == null ? "" : text.strip().replace("\r\n", "\n");
    if (kept.length() > maxChars || kept.chars().anyMatch(isRefused)) {
      throw ApiException.parameter(
          field,
          kept,
          "%s of at most %d characters, none of them a control character"
              .formatted(form, maxChars));
    }
    return kept;
  }
}
