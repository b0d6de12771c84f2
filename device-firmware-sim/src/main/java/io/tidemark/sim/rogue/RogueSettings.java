package io.tidemark.sim.rogue;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * What rogues there are in a run, and against whom.
 *
 * @param gateways {@code tcp://host[:1883]} and {@code coap://host[:5683]}; each rogue goes round
 * @param prefix beginning of their names; may be empty
 * @param seed decides what is sent
 * @param devices good devices, to whose topics what is of a rogue is sent; may be empty
 * @param socketsMax sockets of all rogues that are open at a time; while they are, none acts
 * @param patience how long an answer is waited for, and before it a connection
 */
public record RogueSettings(
    List<URI> gateways,
    List<RogueGroup> groups,
    String prefix,
    long seed,
    List<String> devices,
    int socketsMax,
    Duration patience) {
  /** How long an answer is waited for, usually. */
  public static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int PREFIX_MAX_LENGTH = 100;

  /**
   * Checks the ranges, and copies the lists.
   *
   * @throws IllegalArgumentException that names the one that is wrong
   */
  public RogueSettings {
    gateways = List.copyOf(gateways);
    groups = List.copyOf(groups);
    devices = List.copyOf(devices);
    check(groups, prefix);
  }

  /**
   * Checks what can be checked before there is a run.
   *
   * @throws IllegalArgumentException that names what is wrong
   */
  public static void check(List<RogueGroup> groups, String prefix) {
    if (groups.size() > RogueGroup.GROUPS_MAX) {
      throw new IllegalArgumentException(
          "there must be at most %d groups of rogues, but there are %d"
              .formatted(RogueGroup.GROUPS_MAX, groups.size()));
    }
    double acts = groups.stream().mapToDouble(RogueGroup::actsPerSecond).sum();
    if (acts > RogueGroup.ACTS_PER_SECOND_MAX) {
      throw new IllegalArgumentException(
          "rogues may act %d times a second in all, but these would %.0f times: take fewer, or let them act less often"
              .formatted(RogueGroup.ACTS_PER_SECOND_MAX, acts));
    }
    if (!groups.isEmpty() && prefix.length() > PREFIX_MAX_LENGTH) {
      throw new IllegalArgumentException(
          "with rogues a prefix must be at most %d characters long, but is %d"
              .formatted(PREFIX_MAX_LENGTH, prefix.length()));
    }
  }
}
