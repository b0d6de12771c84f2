package io.tidemark.ingest.oidc;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a provider says of a person: in the ID token, or else by UserInfo. */
record Claims(JsonObject idToken, JsonObject userInfo) {
  /** A text; empty if there is none. */
  String text(String path) {
    return value(path) instanceof String text ? text : "";
  }

  /** Texts: of a list, or a single one; of anything else none. */
  List<String> texts(String path) {
    Object value = value(path);
    if (value instanceof JsonArray list) {
      return list.stream().filter(String.class::isInstance).map(String.class::cast).toList();
    }
    return value instanceof String text ? List.of(text) : List.of();
  }

  private @Nullable Object value(String path) {
    Object inToken = value(idToken, path);
    return inToken == null ? value(userInfo, path) : inToken;
  }

  /** A claim's name may itself have slashes in it, as addresses have. */
  private static @Nullable Object value(JsonObject from, String path) {
    if (from.containsKey(path)) {
      return from.getValue(path);
    }
    int slash = path.indexOf('/');
    return slash > 0 && from.getValue(path.substring(0, slash)) instanceof JsonObject inner
        ? value(inner, path.substring(slash + 1))
        : null;
  }
}
