package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidemark token}. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "create|list|withdraw",
    description = "Enrolment tokens: what allows devices and gateways to get a first certificate.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark token create --authority root.pem --role device --uses 100 --for 168h --site plant-2",
      "  ./tidemark token create --authority root.pem --role gateway --name g4 --host gw4.example --host 10.0.0.4",
      "  ./tidemark token list --trust sha256:5A:3B...  how they stand",
      "  ./tidemark token withdraw --authority root.pem 7",
      "",
      "A token is printed when it is made, and never again: who has it can enrol. The key for ingest's API is an",
      "administrator's: --api-key-file key.txt, or the environment's TIDEMARK_API_KEY.",
      "",
      "Exit codes: 0 done; 2 not done, and why; 64 usage."
    })
final class TokenCommand {
  private static final String PATH = "/api/v1/enrolment-tokens";

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes one, and prints it: this once.")
  int create(
      @Mixin SecuredApi api,
      @Option(names = "--role", required = true, paramLabel = "device|gateway") String role,
      @Option(
              names = "--name",
              paramLabel = "NAME",
              description = "The only one it is for. Without it: any that has no certificate yet.")
          @Nullable String name,
      @Option(
              names = "--uses",
              paramLabel = "N",
              defaultValue = "1",
              description = "How often it may be used. Default: ${DEFAULT-VALUE}.")
          int uses,
      @Option(
              names = "--for",
              paramLabel = "DURATION",
              defaultValue = "24h",
              description = "How long it is good. Default: ${DEFAULT-VALUE}.")
          Duration validFor,
      @Option(names = "--site", description = "Its devices' site in the registry.")
          @Nullable String site,
      @Option(names = "--label", description = "A label of its devices there; repeatable.")
          @Nullable List<String> labels,
      @Option(
              names = "--host",
              description = "A name or address its gateways may have; repeatable.")
          @Nullable List<String> hosts,
      @Option(names = "--url", description = "Where to ask with it, if not at --api; repeatable.")
          @Nullable List<String> urls,
      @Option(names = "--json", description = "One line of JSON, all of what ingest says.")
          boolean json)
      throws InterruptedException {
    ObjectNode asked = new ObjectMapper().createObjectNode();
    asked.put("role", role).put("name", name).put("uses", uses).put("site", site);
    asked.put("validFor", validFor.toString());
    words(asked, "labels", labels);
    words(asked, "hosts", hosts);
    words(asked, "urls", urls);
    return api.run(
        out -> {
          JsonNode made = api.send("POST", PATH, asked.toString());
          out.println(json ? made.toString() : made.path("token").asText());
          return Tidemark.CLEAN;
        });
  }

  private static void words(ObjectNode asked, String field, @Nullable List<String> words) {
    if (words != null) {
      words.forEach(asked.withArray(field)::add);
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "How the newest 1,000 stand, the newest first.")
  int list(
      @Mixin SecuredApi api,
      @Option(names = "--json", description = "One line of JSON.") boolean json)
      throws InterruptedException {
    return api.run(
        out -> {
          JsonNode page = api.send("GET", PATH + "?limit=1000", "");
          if (json) {
            out.println(page);
            return Tidemark.CLEAN;
          }
          out.printf(
              "%6s %-8s %-10s %13s %-24s %s%n", "id", "role", "state", "used", "until", "for");
          page.path("items").forEach(token -> print(token, out));
          return Tidemark.CLEAN;
        });
  }

  private static void print(JsonNode token, PrintWriter out) {
    List<String> what = new ArrayList<>();
    for (String field : List.of("name", "site", "labels", "hosts")) {
      JsonNode value = token.path(field);
      String text = value.isArray() ? value.toString() : value.asText();
      if (!text.isEmpty() && !text.equals("[]")) {
        what.add(field + " " + text);
      }
    }
    out.printf(
        "%6d %-8s %-10s %13s %-24s %s%n",
        token.path("id").asLong(),
        token.path("role").asText(),
        token.path("state").asText(),
        "%d of %d".formatted(token.path("used").asLong(), token.path("uses").asLong()),
        token.path("expiresAt").asText(),
        String.join(", ", what));
  }

  @Command(
      name = "withdraw",
      mixinStandardHelpOptions = true,
      description = "Nobody can enrol with it any more; who has enrolled stays.")
  int withdraw(
      @Mixin SecuredApi api, @Parameters(paramLabel = "ID", description = "As list says.") long id)
      throws InterruptedException {
    return api.run(
        out -> {
          JsonNode unused = api.send("DELETE", PATH + "/" + id, "");
          out.println("Token " + id + " is withdrawn.");
          return Tidemark.CLEAN;
        });
  }
}
