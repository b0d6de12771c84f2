package io.tidemark.wire;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a gateway tells ingest about itself every few seconds, whether or not it leads a group. It
 * is a state: a later one takes the place of an earlier one, and nothing is lost with one that does
 * not arrive.
 *
 * @param gateway its id
 * @param cluster the cluster it is of
 * @param generation one more with each change of the cluster's members
 * @param members the ids of all members of that generation
 * @param software version of its program
 * @param intervalMillis it reports again after so many milliseconds
 * @param canCommit whether it can commit what devices send it
 * @param detail the same in words; cut to {@link #DETAIL_MAX_CHARS}
 * @param mqtt where devices reach it, {@code host:port}; empty if it does not say
 * @param coap the same over UDP
 * @param connections connected over MQTT now
 * @param requestsInFlight requests over CoAP taken and not answered yet
 * @param readings what it did since its process started
 * @param replicas of every group of which it has one
 * @param accessVersion of the {@link AccessList} that it has; 0 if it has none
 */
public record GatewayReport(
    String gateway,
    String cluster,
    long generation,
    List<String> members,
    String software,
    long intervalMillis,
    boolean canCommit,
    String detail,
    String mqtt,
    String coap,
    long connections,
    long requestsInFlight,
    Readings readings,
    List<Replica> replicas,
    long accessVersion) {
  /** Most characters of {@code detail}; the rest is cut off. */
  public static final int DETAIL_MAX_CHARS = 500;

  /** Most characters of an address and of the version. */
  public static final int TEXT_MAX_CHARS = 300;

  /** Most members, groups, and reasons. A cluster has five members at most. */
  public static final int ITEMS_MAX = 64;

  /** A gateway reports at most ten times a second, and at least once an hour. */
  public static final long INTERVAL_MIN_MILLIS = 100;

  /** See {@link #INTERVAL_MIN_MILLIS}. */
  public static final long INTERVAL_MAX_MILLIS = 3_600_000;

  /**
   * Readings since the process started.
   *
   * @param received that came, were passed here, or were found when a group was led
   * @param committed in groups led here
   * @param forwarded acknowledged by ingest
   * @param refused by reason; a payload that nobody could read counts as one
   */
  public record Readings(long received, long committed, long forwarded, Map<String, Long> refused) {
    /**
     * Checks what can be.
     *
     * @throws IllegalArgumentException that names what is wrong and the rule
     */
    public Readings {
      requireCount("received", received);
      requireCount("committed", committed);
      requireCount("forwarded", forwarded);
      requireItems("reasons", refused.size());
      refused.forEach(
          (reason, readings) ->
              requireCount("refused " + Names.requireName("reason", reason), readings));
      refused = Map.copyOf(refused);
    }

    /** By reason, in its order. */
    public Map<String, Long> refusedInOrder() {
      return new TreeMap<>(refused);
    }
  }

  /**
   * A gateway's replica of a group's log, as that gateway sees it.
   *
   * @param group its name
   * @param role {@code leader}, {@code follower}, {@code candidate}, or {@code closed} after a
   *     failed write
   * @param leader the gateway that leads the group; empty if none is known
   * @param term Raft's
   * @param home the gateway that leads it by preference; empty if that was removed
   * @param committedIndex highest index committed and applied here
   * @param forwardedIndex everything up to it is forwarded
   * @param lag committed entries of the leader's that are not here yet
   * @param waitingReadings readings committed and not forwarded
   * @param waitingEntries the entries of any kind they are in
   * @param logBytes what the log takes on disk
   * @param oldestMillis how long ago the oldest entry that waits was received; 0 if none waits, or
   *     this gateway does not lead
   */
  public record Replica(
      String group,
      String role,
      String leader,
      long term,
      String home,
      long committedIndex,
      long forwardedIndex,
      long lag,
      long waitingReadings,
      long waitingEntries,
      long logBytes,
      long oldestMillis) {
    /**
     * Checks what can be.
     *
     * @throws IllegalArgumentException that names what is wrong and the rule
     */
    public Replica {
      Names.requireName("group", group);
      Names.requireName("role", role);
      requireNameOrNone("leader", leader);
      requireNameOrNone("home", home);
      requireCount("term", term);
      requireCount("committedIndex", committedIndex);
      requireCount("forwardedIndex", forwardedIndex);
      requireCount("lag", lag);
      requireCount("waitingReadings", waitingReadings);
      requireCount("waitingEntries", waitingEntries);
      requireCount("logBytes", logBytes);
      requireCount("oldestMillis", oldestMillis);
    }

    /** Whether it leads. */
    public boolean leads() {
      return role.equals("leader");
    }
  }

  /**
   * Checks what can be, and cuts what is too long for its reader.
   *
   * @throws IllegalArgumentException that names what is wrong and the rule
   */
  public GatewayReport {
    Names.requireName("gateway", gateway);
    Names.requireName("cluster", cluster);
    requireCount("generation", generation);
    requireItems("members", members.size());
    members.forEach(member -> Names.requireName("member", member));
    if (intervalMillis < INTERVAL_MIN_MILLIS || intervalMillis > INTERVAL_MAX_MILLIS) {
      throw new IllegalArgumentException(
          "intervalMillis must be %d to %d, but is %d"
              .formatted(INTERVAL_MIN_MILLIS, INTERVAL_MAX_MILLIS, intervalMillis));
    }
    requireCount("connections", connections);
    requireCount("requestsInFlight", requestsInFlight);
    requireItems("replicas", replicas.size());
    requireCount("accessVersion", accessVersion);
    software = cut(software, TEXT_MAX_CHARS);
    detail = cut(detail, DETAIL_MAX_CHARS);
    mqtt = cut(mqtt, TEXT_MAX_CHARS);
    coap = cut(coap, TEXT_MAX_CHARS);
    members = List.copyOf(members);
    replicas = List.copyOf(replicas);
  }

  /** Not between the halves of one character, of which bytes could not be made. */
  private static String cut(String text, int maxChars) {
    if (text.length() <= maxChars) {
      return text;
    }
    boolean within = Character.isHighSurrogate(text.charAt(maxChars - 1));
    return text.substring(0, within ? maxChars - 1 : maxChars);
  }

  private static void requireNameOrNone(String what, String name) {
    if (!name.isEmpty()) {
      Names.requireName(what, name);
    }
  }

  private static void requireCount(String what, long count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          what + " must be a whole number from 0 on, but is " + Long.toUnsignedString(count));
    }
  }

  private static void requireItems(String what, int count) {
    if (count > ITEMS_MAX) {
      throw new IllegalArgumentException(
          "a report has %d %s at most, but this has %d".formatted(ITEMS_MAX, what, count));
    }
  }
}
