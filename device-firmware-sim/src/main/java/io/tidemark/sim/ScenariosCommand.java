package io.tidemark.sim;

import io.tidemark.sim.scenario.Scenario;
import io.tidemark.sim.scenario.Scenarios;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code sim scenarios}: what is built in, to be run or to begin from. */
@Command(
    name = "scenarios",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the scenarios that are built in and what each shows, or prints one as the file it could be.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sim scenarios",
      "  sim scenarios mixed-fleet > my-fleet.yaml    (then edit it, and: sim run my-fleet.yaml --gateway ...)"
    })
final class ScenariosCommand implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", arity = "0..1", description = "Print this one's YAML.")
  private @Nullable String name;

  @Override
  public Integer call() throws IOException {
    if (name != null) {
      System.out.print(Scenarios.yaml(name));
      return 0;
    }
    for (String builtIn : Scenarios.BUILT_IN) {
      Scenario scenario = Scenarios.find(builtIn);
      System.out.printf(Locale.ROOT, "%-14s %s%n", builtIn, scenario.description());
      System.out.printf(
          Locale.ROOT,
          "%-14s %,d devices, %,.0f readings a second, for %s%n",
          "",
          scenario.devices(),
          scenario.rate(),
          length(scenario.length()));
    }
    return 0;
  }

  private static String length(@Nullable Duration length) {
    if (length == null) {
      return "as long as it is left to run";
    }
    return length.toSecondsPart() == 0 ? length.toMinutes() + "m" : length.toSeconds() + "s";
  }
}
