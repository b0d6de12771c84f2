package io.tidemark.ingest.api;

import org.jspecify.annotations.Nullable;

/**
 * Versions of things that several people may change, as entity tags: a change names the version it
 * was made from. See RFC 9110, section 13.1.1, and RFC 6585, section 3.
 */
final class ETags {
  private ETags() {}

  static String of(long version) {
    return "\"" + version + "\"";
  }

  /** The version that a request with this {@code If-Match} was made from. */
  static long required(@Nullable String ifMatch) {
    if (ifMatch == null || ifMatch.isBlank()) {
      throw ApiException.of(
          428,
          "Precondition required",
          "a change has to say in If-Match which version it was made from: the ETag of the answer to GET");
    }
    String tag = ifMatch.strip();
    if (tag.startsWith("W/")) {
      throw ApiException.of(
          412,
          "Weak tag",
          "If-Match must be an ETag as it was given, such as \"3\": a weak one (W/) matches nothing, as RFC 9110 has it");
    }
    try {
      if (tag.length() > 2 && tag.startsWith("\"") && tag.endsWith("\"")) {
        return Long.parseLong(tag.substring(1, tag.length() - 1));
      }
    } catch (NumberFormatException e) {
      throw ApiException.parameter("If-Match", ifMatch, "an ETag of this API, such as \"3\"");
    }
    throw ApiException.parameter("If-Match", ifMatch, "an ETag of this API, such as \"3\"");
  }

  /** Somebody else was faster. */
  static ApiException changed(String what) {
    return ApiException.of(
        412,
        "Changed meanwhile",
        what
            + " was changed since it was read: read it again, and make the change on what it is now");
  }
}
