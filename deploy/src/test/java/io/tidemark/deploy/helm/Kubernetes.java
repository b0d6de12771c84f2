package io.tidemark.deploy.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Kubernetes' own description of its objects, as its Java client is generated from it: nothing
 * unknown, nothing missing that is required, each value of its type. It does not know which words a
 * text may be, nor what a server's admission checks beyond that, nor the objects of others.
 */
final class Kubernetes {
  /** The client's own takes ten seconds to be made; what is rendered has no times. */
  private static final Gson GSON =
      new GsonBuilder().registerTypeAdapter(OffsetDateTime.class, new NoTimes()).create();

  /** What a cluster adds to objects. */
  private static final class NoTimes extends TypeAdapter<OffsetDateTime> {
    @Override
    public void write(JsonWriter out, @Nullable OffsetDateTime time) throws IOException {
      out.nullValue();
    }

    @Override
    public @Nullable OffsetDateTime read(JsonReader in) throws IOException {
      throw new IOException("a chart says no times, but this one has " + in.nextString());
    }
  }

  private Kubernetes() {}

  /** True for what is Kubernetes' own. */
  static boolean knows(JsonNode object) {
    return !object.path("apiVersion").asText().startsWith("monitoring.coreos.com/");
  }

  static void check(JsonNode object) throws ReflectiveOperationException {
    String version = object.path("apiVersion").asText().replaceFirst(".*/", "");
    String kind = object.path("kind").asText();
    Class<?> model =
        Class.forName(
            "io.kubernetes.client.openapi.models."
                + version.substring(0, 1).toUpperCase(Locale.ROOT)
                + version.substring(1)
                + kind);
    JsonElement given = JsonParser.parseString(object.toString());
    try {
      model.getMethod("validateJsonElement", JsonElement.class).invoke(null, given);
    } catch (InvocationTargetException e) {
      throw new AssertionError(kind + " " + Objects.name(object) + ": " + e.getCause(), e);
    }
    // A text in a number's place is read, but does not come back as it was.
    JsonElement read = GSON.toJsonTree(GSON.fromJson(given, model));
    assertThat(differences(read, given, kind)).isEmpty();
  }

  /** Where not all of it is there as it was given; what is empty is added to what is read. */
  private static List<String> differences(
      @Nullable JsonElement read, JsonElement given, String at) {
    if (read != null && given.isJsonObject() && read.isJsonObject()) {
      return given.getAsJsonObject().entrySet().stream()
          .flatMap(
              one ->
                  differences(
                      read.getAsJsonObject().get(one.getKey()),
                      one.getValue(),
                      at + "." + one.getKey())
                      .stream())
          .toList();
    }
    if (read != null
        && given.isJsonArray()
        && read.isJsonArray()
        && given.getAsJsonArray().size() == read.getAsJsonArray().size()) {
      return IntStream.range(0, given.getAsJsonArray().size())
          .boxed()
          .flatMap(
              i ->
                  differences(
                      read.getAsJsonArray().get(i), given.getAsJsonArray().get(i), at + "." + i)
                      .stream())
          .toList();
    }
    return given.equals(read) ? List.of() : List.of(at + ": " + given + " was read as " + read);
  }
}
