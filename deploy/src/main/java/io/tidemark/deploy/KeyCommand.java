package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidemark key}. */
@Command(
    name = "key",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "create|list|revoke",
    description = "API keys: with what programs, and these commands, ask ingest.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark key create --authority root.pem --api-key-file key --name prometheus --role viewer --for 17520h > prometheus.key",
      "  ./tidemark key list --authority root.pem --api-key-file key",
      "  ./tidemark key revoke --authority root.pem --api-key-file key 7",
      "",
      "A key is printed when it is made, and never again; say umask 077 before it goes into a file. Who makes one needs an administrator's; the first is made by",
      "tidemark setup administrator, or on the page Users and keys.",
      "",
      "Exit codes: 0 done; 2 not done, and why; 64 usage."
    })
final class KeyCommand {
  private static final String PATH = "/api/v1/keys";

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes one, and prints it: this once.")
  int create(
      @Mixin SecuredApi api,
      @Option(
              names = "--name",
              required = true,
              paramLabel = "NAME",
              description = "What it is for. No name is used twice.")
          String name,
      @Option(
              names = "--role",
              required = true,
              paramLabel = "viewer|operator|admin",
              description = "What it may do.")
          String role,
      @Option(
              names = "--for",
              paramLabel = "DURATION",
              defaultValue = "2160h",
              description = "How long it is good. Default: ${DEFAULT-VALUE}.")
          Duration validFor)
      throws InterruptedException {
    ObjectNode asked = new ObjectMapper().createObjectNode();
    asked.put("name", name).put("role", role);
    asked.put("expiresAt", Instant.now().plus(validFor).truncatedTo(ChronoUnit.SECONDS).toString());
    return api.run(
        out -> {
          out.println(api.send("POST", PATH, asked.toString()).path("secret").asText());
          return Tidemark.CLEAN;
        });
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "All there are, the newest first.")
  int list(
      @Mixin SecuredApi api,
      @Option(names = "--json", description = "One line of JSON.") boolean json)
      throws InterruptedException {
    return api.run(
        out -> {
          JsonNode page = api.send("GET", PATH, "");
          if (json) {
            out.println(page);
            return Tidemark.CLEAN;
          }
          out.printf("%6s %-8s %-24s %-24s %s%n", "id", "role", "until", "used", "name");
          page.path("items").forEach(key -> print(key, out));
          return Tidemark.CLEAN;
        });
  }

  private static void print(JsonNode key, PrintWriter out) {
    out.printf(
        "%6d %-8s %-24s %-24s %s%n",
        key.path("id").asLong(),
        key.path("role").asText(),
        key.path("revokedAt").isNull() ? key.path("expiresAt").asText() : "revoked",
        key.path("usedAt").asText("never"),
        key.path("name").asText());
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "It is void at once, and stays listed.")
  int revoke(
      @Mixin SecuredApi api, @Parameters(paramLabel = "ID", description = "As list says.") long id)
      throws InterruptedException {
    return api.run(
        out -> {
          JsonNode key = api.send("DELETE", PATH + "/" + id, "");
          out.println("Key " + id + ", " + key.path("name").asText() + ", is void.");
          return Tidemark.CLEAN;
        });
  }
}
