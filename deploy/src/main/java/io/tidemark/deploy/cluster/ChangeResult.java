package io.tidemark.deploy.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What became of a change of the members.
 *
 * @param outcome in a word
 * @param generation of the members that were agreed on; 0 if none were
 * @param detail what there is to be said, in words
 * @param state the last that was seen of the cluster; null if nothing was
 */
public record ChangeResult(
    Outcome outcome, long generation, String detail, @Nullable ClusterState state) {

  /** How it ended. */
  public enum Outcome {
    /** All groups have their new members. */
    DONE,
    /** The members have agreed on it, and the groups follow. */
    AGREED,
    /** Agreed on, but some groups had not followed in time. */
    PENDING,
    /** Not allowed. */
    REFUSED,
    /** A gateway answered, but no majority agreed on it in time. */
    UNAVAILABLE,
    /** No gateway answered. */
    SILENT
  }

  /** One line of JSON, for scripts. */
  public String json() {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("outcome", outcome.name().toLowerCase(Locale.ROOT));
    fields.put("generation", generation);
    fields.put("detail", detail);
    fields.put("unsettled", state == null ? List.of() : state.unsettled());
    fields.put("notAlive", state == null ? List.of() : state.dead());
    fields.put(
        "leaving",
        state == null
            ? List.of()
            : state.leaving().stream().map(ClusterState.Group::group).toList());
    return new ObjectMapper().valueToTree(fields).toString();
  }
}
