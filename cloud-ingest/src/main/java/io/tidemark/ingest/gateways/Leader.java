package io.tidemark.ingest.gateways;

import io.tidemark.wire.GatewayReport;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who leads a group.
 *
 * @param gateway its id; empty if nobody does
 * @param term of Raft, in which that is so
 */
record Leader(String gateway, long term) {
  /**
   * Who leads each group, by what the gateways of one cluster say that are heard of: the highest
   * term counts, as two that disagree cannot both be up to date; within it, any that names a
   * leader, as there is one a term at most.
   */
  static Map<String, Leader> among(Collection<GatewayReport> reports) {
    Map<String, Leader> leaders = new TreeMap<>();
    for (GatewayReport report : reports) {
      for (GatewayReport.Replica replica : report.replicas()) {
        leaders.merge(
            replica.group(), new Leader(replica.leader(), replica.term()), Leader::better);
      }
    }
    return leaders;
  }

  /**
   * Whether it says something else than what is known: a group that stays without a leader is no
   * news, whatever terms it tries.
   */
  boolean isNews(Leader known) {
    return !gateway.equals(known.gateway) || (!gateway.isEmpty() && term != known.term);
  }

  private static Leader better(Leader one, Leader other) {
    if (one.term != other.term) {
      return one.term > other.term ? one : other;
    }
    return one.gateway.isEmpty() ? other : one;
  }
}
