package io.tidemark.agent.log;

import io.tidemark.wire.log.LogFormat;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of this process: everything that is logged, by whichever library, goes to standard error,
 * as text for people and journald, or as a JSON object a line. Begun by the main thread before
 * there are others.
 */
public final class AgentLog {
  /** What others say that is not for those who look at the agent's log. */
  private static final Map<String, Level> LEVELS =
      Map.of(
          // At error level it says that it does not know the board, which it does not need to.
          "com.pi4j", Level.WARNING,
          "com.pi4j.boardinfo", Level.OFF,
          // What it would say of a gateway that is away is said already.
          "org.eclipse.californium", Level.SEVERE,
          // At error level it says that somebody sent a request to the agent, which is answered
          // with a reset.
          "org.eclipse.californium.core.network.EndpointManager", Level.OFF);

  /** Kept, since loggers are forgotten otherwise, and their levels with them. */
  private static final List<Logger> loggers = new ArrayList<>();

  private static volatile LogFormat format = LogFormat.TEXT;

  private AgentLog() {}

  /** From now on the log is of this format, and nowhere else. */
  public static void begin(LogFormat asked) {
    format = asked;
    Logger root = Logger.getLogger("");
    for (Handler before : root.getHandlers()) {
      root.removeHandler(before);
    }
    Handler handler = new ConsoleHandler();
    handler.setFormatter(isJson() ? new JsonLines(null) : new TextLines());
    root.addHandler(handler);
    root.setLevel(Level.INFO);
    loggers.add(root);
    // Java itself would print it, as text and without a time.
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> root.log(Level.SEVERE, "Thread " + thread.getName() + " died", thrown));
    LEVELS.forEach(
        (name, level) -> {
          Logger logger = Logger.getLogger(name);
          logger.setLevel(level);
          loggers.add(logger);
        });
  }

  /** Whose log it is, once that is known; a text is silent about it. */
  public static void of(String device) {
    if (isJson()) {
      for (Handler handler : Logger.getLogger("").getHandlers()) {
        handler.setFormatter(new JsonLines(device));
      }
    }
  }

  /**
   * For what goes to standard error, where that is to have nothing but JSON: logs what each println
   * says.
   */
  public static PrintWriter errors() {
    return new PrintWriter(new LoggedWords(LoggerFactory.getLogger(AgentLog.class)), true);
  }

  /** Whether standard error is to have nothing but JSON, so that even a last word is logged. */
  public static boolean isJson() {
    return format == LogFormat.JSON;
  }
}
