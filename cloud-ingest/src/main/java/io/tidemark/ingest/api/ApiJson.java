package io.tidemark.ingest.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.jackson.ObjectMapperCustomizer;
import jakarta.inject.Singleton;

/**
 * How bodies are read: a field that is there twice may mean one thing to who has looked at it on
 * its way, and another one here, so it is refused.
 */
@Singleton
final class ApiJson implements ObjectMapperCustomizer {
  @Override
  public void customize(ObjectMapper json) {
    json.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
  }
}
