package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** What has to do with the configuration alone. */
@Command(
    name = "config",
    description = "Looks at the configuration.",
    mixinStandardHelpOptions = true,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT,
    footer = {"", "Example:", "  tidemark-agent config check --config agent.yaml"})
final class ConfigCommand {

  /** {@code config check}. */
  @Command(
      name = "check",
      description =
          "Checks the configuration and names everything that is wrong with it, each with its line.",
      footer = {
        "",
        "Examples:",
        "  tidemark-agent config check",
        "  tidemark-agent config check --config agent.yaml --json",
        "",
        "Exit codes: 0 valid, 1 something is wrong with it, 2 it cannot be read."
      })
  static final class Check extends ConfiguredCommand {
    Check(Agent agent) {
      super(agent);
    }

    @Override
    int tell(AgentConfig read) {
      print(
          () -> Json.of(Map.of("valid", true, "problems", List.of())),
          () ->
              "The configuration is valid: device %s, %d sensors"
                  .formatted(read.device(), read.sensors().size()));
      return Agent.CLEAN;
    }

    @Override
    int refuse(ConfigException why) {
      if (why.isUnreadable() || !isJson()) {
        err().println(why.getMessage());
      } else {
        List<String> problems = String.valueOf(why.getMessage()).lines().toList();
        print(Json.of(Map.of("valid", false, "problems", problems)));
      }
      return why.isUnreadable() ? Agent.COULD_NOT : Agent.UNCLEAN;
    }
  }
}
