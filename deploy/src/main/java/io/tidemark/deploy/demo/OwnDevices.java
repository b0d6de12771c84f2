package io.tidemark.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.Pipeline;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * What the ledger says of the devices a demo has itself started. Others may be connected beside
 * them, whose records it does not have.
 */
final class OwnDevices {
  private static final Pattern SIMULATED = Pattern.compile("sim-\\d{5}");
  private static final String PAGE = "/api/v1/devices?limit=1000";

  private OwnDevices() {}

  /**
   * Their sums together.
   *
   * @throws IOException if ingest does not answer
   */
  static Sums sums(Pipeline pipeline) throws IOException, InterruptedException {
    Sums sums = Sums.ZERO;
    String cursor = "";
    do {
      JsonNode page = pipeline.http().get(pipeline.apiUrl() + PAGE + cursor);
      for (JsonNode device : page.path("items")) {
        if (isOwn(device.path("device").asText())) {
          sums = sums.plus(Sums.of(device.path("ledger")));
        }
      }
      cursor = page.path("next").isTextual() ? "&cursor=" + page.path("next").asText() : "";
    } while (!cursor.isEmpty());
    return sums;
  }

  private static boolean isOwn(String device) {
    return device.equals(Pipeline.AGENT_DEVICE) || SIMULATED.matcher(device).matches();
  }
}
