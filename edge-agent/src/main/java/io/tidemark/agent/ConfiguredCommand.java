package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.journal.JournalException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that reads the configuration, and tells something as text or as JSON. */
@Command(
    mixinStandardHelpOptions = true,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT)
abstract class ConfiguredCommand implements Callable<Integer> {
  private final Agent agent;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
  private @Nullable Path config;

  @Option(names = "--json", description = "Prints one line of JSON.")
  private boolean json;

  ConfiguredCommand(Agent agent) {
    this.agent = agent;
  }

  @Override
  public final Integer call() throws InterruptedException {
    try {
      return tell(agent.read(config));
    } catch (ConfigException e) {
      return refuse(e);
    } catch (JournalException | IOException e) {
      err().println(e.getMessage());
      return Agent.COULD_NOT;
    }
  }

  /** Tells what it is for, and returns the exit code. */
  abstract int tell(AgentConfig read) throws JournalException, IOException, InterruptedException;

  /** What there is without a valid configuration, and the exit code. */
  int refuse(ConfigException why) {
    err().println(why.getMessage());
    return Agent.COULD_NOT;
  }

  final Agent agent() {
    return agent;
  }

  final boolean isJson() {
    return json;
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Prints one of the two. */
  final void print(Supplier<String> asJson, Supplier<String> asText) {
    print(json ? asJson.get() : asText.get());
  }

  final void print(String told) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(told);
    out.flush();
  }
}
