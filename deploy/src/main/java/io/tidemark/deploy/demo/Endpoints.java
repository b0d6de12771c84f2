package io.tidemark.deploy.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The file {@code endpoints.json} in the demo's folder: where everything listens, and under which
 * process id it runs. Written anew when processes are others.
 */
final class Endpoints {
  private Endpoints() {}

  /** Writes it in one step, so that whoever waits for it never sees half of it. */
  static void write(Pipeline pipeline) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("api", pipeline.apiUrl());
    ArrayNode gateways = root.putArray("gateways");
    for (GatewayService gateway : pipeline.gateways()) {
      gateways
          .addObject()
          .put("id", gateway.id())
          .put("mqtt", gateway.mqttUrl())
          .put("coap", gateway.coapUrl())
          .put("http", gateway.service().url());
    }
    ArrayNode processes = root.putArray("processes");
    for (ChildProcess process : pipeline.running()) {
      processes.addObject().put("name", process.name()).put("pid", process.pid());
    }
    Path file = pipeline.data().resolve("endpoints.json");
    Path unfinished = pipeline.data().resolve("endpoints.json.new");
    Files.writeString(unfinished, mapper.writeValueAsString(root) + "\n");
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
