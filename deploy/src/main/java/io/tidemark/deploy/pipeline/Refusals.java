package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many readings gateways refused for good, summed over all the processes they have been. A
 * gateway counts from 0 when it starts, so what it counts is looked at before it is ended on
 * purpose; what it refuses after that look, or if it does not answer then, is in no sum. With
 * gateways that were killed the sum is therefore a lower bound. Used by one thread.
 */
public final class Refusals {
  private static final String METRIC = "tidemark_gateway_readings_refused_total";

  private static final Pattern REASON = Pattern.compile("reason=\"([^\"]*)\"");

  /** Reasons with which a device is to come again: what they count is not refused for good. */
  private static final Set<String> FOR_NOW =
      Set.of("window", "rate", "busy", "full", "not_ready", "in_doubt");

  private final Supplier<Http> http;

  /** What each process said last, by its id. */
  private final Map<Long, Long> byProcess = new HashMap<>();

  /**
   * @param http asks gateways
   */
  Refusals(Supplier<Http> http) {
    this.http = http;
  }

  /**
   * Looks at what a gateway counts now.
   *
   * @throws IOException if it does not answer; what it said before is kept
   */
  public void look(Service gateway) throws IOException, InterruptedException {
    long refused =
        http.get()
            .getText(gateway.url() + "/q/metrics")
            .lines()
            .filter(line -> line.startsWith(METRIC) && !FOR_NOW.contains(reason(line)))
            .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .sum();
    byProcess.put(gateway.process().pid(), refused);
  }

  private static String reason(String line) {
    Matcher matcher = REASON.matcher(line);
    return matcher.find() ? matcher.group(1) : "";
  }

  /** All that is known of. */
  public long sum() {
    return byProcess.values().stream().mapToLong(Long::longValue).sum();
  }
}
