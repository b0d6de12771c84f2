package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What shutting out and letting in have in common, for devices and for gateways. */
final class ShutOut {
  static final String EXIT_CODES =
      "Exit codes: 0 done, and every gateway knows; 1 done, but one does not know yet; 2 not done, and why;"
          + " 64 usage.";

  private static final long POLL_MILLIS = 200;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private SecuredApi api = new SecuredApi();

  @Option(
      names = "--timeout",
      paramLabel = "D",
      defaultValue = "10s",
      description =
          "How long to wait until every gateway that ingest hears of knows. Default: ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ZERO;

  @Option(names = "--json", description = "One line of JSON, all of what ingest says.")
  private boolean json;

  /** Shuts one out, and waits until gateways know; returns the exit code. */
  int shutOut(Role role, String name, String why) throws InterruptedException {
    return api.run(
        out -> {
          String path = path(role, name);
          boolean already = api.send("GET", path, "").path("shutOut").asBoolean();
          String body = JsonNodeFactory.instance.objectNode().put("why", why).toString();
          JsonNode view = awaited(path, api.send("PUT", path, body));
          JsonNode period = view.path("periods").path(0);
          return told(
              out,
              view,
              "%s is %s since %s, by %s: %s"
                  .formatted(
                      new Identity(role, name),
                      already ? "shut out already," : "shut out",
                      period.path("from").asText(),
                      period.path("by").asText(),
                      period.path("why").asText()));
        });
  }

  /** Lets one back in, and waits until gateways know; returns the exit code. */
  int letIn(Role role, String name) throws InterruptedException {
    return api.run(
        out -> {
          String path = path(role, name);
          boolean wasOut = api.send("GET", path, "").path("shutOut").asBoolean();
          JsonNode view = awaited(path, api.send("DELETE", path, ""));
          JsonNode period = view.path("periods").path(0);
          return told(
              out,
              view,
              wasOut
                  ? "%s is let back in. It was shut out from %s to %s, by %s: %s"
                      .formatted(
                          new Identity(role, name),
                          period.path("from").asText(),
                          period.path("to").asText(),
                          period.path("by").asText(),
                          period.path("why").asText())
                  : new Identity(role, name) + " is not shut out.");
        });
  }

  private static String path(Role role, String name) {
    return "/api/v1/%ss/%s/shut-out".formatted(role.text(), new Identity(role, name).name());
  }

  /** What ingest says once every gateway has the newest list, or when the time is over. */
  private JsonNode awaited(String path, JsonNode first)
      throws IOException, InterruptedException, GeneralSecurityException {
    long end = System.nanoTime() + timeout.toNanos();
    JsonNode view = first;
    while (!unaware(view).isEmpty() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      view = api.send("GET", path, "");
    }
    return view;
  }

  private static List<String> unaware(JsonNode view) {
    List<String> unaware = new ArrayList<>();
    for (JsonNode gateway : view.path("gateways")) {
      if (!gateway.path("current").asBoolean()) {
        unaware.add(gateway.path("gateway").asText());
      }
    }
    return unaware;
  }

  private int told(PrintWriter out, JsonNode view, String sentence) {
    if (json) {
      out.println(view);
    } else {
      out.println(sentence);
      out.println();
      out.printf("%-24s %-24s %s%n", "gateway", "cluster", "knows");
      for (JsonNode gateway : view.path("gateways")) {
        out.printf(
            "%-24s %-24s %s%n",
            gateway.path("gateway").asText(),
            gateway.path("cluster").asText(),
            gateway.path("current").asBoolean() ? "yes" : "not yet");
      }
    }
    List<String> unaware = unaware(view);
    if (unaware.isEmpty()) {
      return Tidemark.CLEAN;
    }
    spec.commandLine()
        .getErr()
        .printf(
            "Done, but not known yet to %s: a gateway that reaches neither ingest nor another one goes by what it"
                + " heard last. The same command again says how it stands.%n",
            String.join(", ", unaware));
    return Tidemark.UNCLEAN;
  }
}
