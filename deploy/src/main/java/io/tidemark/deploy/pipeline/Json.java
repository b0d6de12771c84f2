package io.tidemark.deploy.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/** What the other programs print for scripts. */
public final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  /**
   * The JSON on the last line of an output.
   *
   * @throws IOException if that line is none
   */
  public static JsonNode lastLine(String output) throws IOException {
    String last = output.strip().lines().reduce("", (before, line) -> line);
    try {
      JsonNode node = MAPPER.readTree(last);
      if (node.isMissingNode()) {
        throw new IOException("no JSON on the last line of the output: it is empty");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw new IOException("no JSON on the last line of the output: " + last, e);
    }
  }
}
