package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidemark.identity.Role;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidemark device}: which there are, and who of them may come in. */
@Command(
    name = "device",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "list|shut-out|let-in",
    description = "Devices: which there are, and who of them may come in.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark device list --authority root.pem --api-key-file key.txt",
      "  ./tidemark device shut-out boiler-1 --why \"stolen from the yard\" --authority root.pem --api-key-file key.txt",
      "  ./tidemark device let-in boiler-1 --authority root.pem --api-key-file key.txt",
      "",
      "The key is an operator's, for list a viewer's; without --api-key-file it is the environment's TIDEMARK_API_KEY.",
      "",
      ShutOut.EXIT_CODES
    })
final class DeviceCommand {
  private static final int PAGE = 500;
  private static final String ROW = "%-32s %-16s %-12s %-20s %s%n";

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Every device of which anything valid came, and since when it is shut out.",
      footer = {
        "",
        "Examples:",
        "  ./tidemark device list --authority root.pem --api-key-file key.txt",
        "  ./tidemark device list --trust sha256:5A:3B... --json | jq -r '.[] | select(.shutOutSince).device'",
        "",
        "Exit codes: 0 done; 2 not done, and why; 64 usage."
      })
  int list(
      @Mixin SecuredApi api,
      @Option(names = "--json", description = "One line of JSON, all of what ingest says.")
          boolean json)
      throws InterruptedException {
    return api.run(
        out -> {
          ArrayNode devices = all(api);
          if (json) {
            out.println(devices);
          } else {
            print(devices, out);
          }
          return Tidemark.CLEAN;
        });
  }

  private static ArrayNode all(SecuredApi api)
      throws IOException, InterruptedException, GeneralSecurityException {
    ArrayNode devices = JsonNodeFactory.instance.arrayNode();
    String cursor = "";
    do {
      JsonNode page = api.send("GET", "/api/v1/devices?limit=" + PAGE + cursor, "");
      page.path("items").forEach(devices::add);
      cursor = page.path("next").isTextual() ? "&cursor=" + page.path("next").asText() : "";
    } while (!cursor.isEmpty());
    return devices;
  }

  private static void print(ArrayNode devices, PrintWriter out) {
    out.printf(ROW, "device", "site", "status", "last seen", "shut out since");
    for (JsonNode device : devices) {
      out.printf(
          ROW,
          device.path("device").asText(),
          device.path("site").asText(),
          device.path("status").asText(),
          second(device.path("lastSeen")),
          device.hasNonNull("shutOutSince") ? second(device.path("shutOutSince")) : "");
    }
  }

  private static Instant second(JsonNode time) {
    return Instant.parse(time.asText()).truncatedTo(ChronoUnit.SECONDS);
  }

  @Command(
      name = "shut-out",
      mixinStandardHelpOptions = true,
      description = {
        "Every gateway in reach ends the device's connections and takes nothing of it; it gets no certificate"
            + " either. What it has measured waits on it until it is let back in.",
        "If it is shut out already, nothing changes, and it says how that stands."
      },
      footer = {
        "",
        "Examples:",
        "  ./tidemark device shut-out boiler-1 --why \"stolen from the yard\" --authority root.pem --api-key-file key.txt",
        "  ./tidemark device shut-out boiler-1 --why \"in repair\" --trust sha256:5A:3B... --timeout 0s --json",
        "",
        ShutOut.EXIT_CODES
      })
  int shutOut(
      @Mixin ShutOut change,
      @Parameters(paramLabel = "NAME", description = "The device's id.") String name,
      @Option(
              names = "--why",
              required = true,
              paramLabel = "TEXT",
              description = "One line of 1 to 500 characters, for those who wonder later.")
          String why)
      throws InterruptedException {
    return change.shutOut(Role.DEVICE, name, why);
  }

  @Command(
      name = "let-in",
      mixinStandardHelpOptions = true,
      description = {
        "Lets a device back in: what waits on it comes.",
        "If it is not shut out, nothing changes."
      },
      footer = {
        "",
        "Examples:",
        "  ./tidemark device let-in boiler-1 --authority root.pem --api-key-file key.txt",
        "",
        ShutOut.EXIT_CODES
      })
  int letIn(
      @Mixin ShutOut change,
      @Parameters(paramLabel = "NAME", description = "The device's id.") String name)
      throws InterruptedException {
    return change.letIn(Role.DEVICE, name);
  }
}
