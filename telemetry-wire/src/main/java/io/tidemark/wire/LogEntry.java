package io.tidemark.wire;

import java.util.List;

/**
 * One entry of a gateway's replicated log: what arrived while the entry before it was being
 * committed.
 *
 * @param gateway id of the gateway that accepted the deliveries
 * @param receivedAtNanos when it did, by its clock, in nanoseconds since 1970 UTC
 * @param deliveries in the order of arrival
 */
public record LogEntry(String gateway, long receivedAtNanos, List<Delivery> deliveries) {
  public LogEntry {
    Names.requireName("gateway", gateway);
    deliveries = List.copyOf(deliveries);
  }
}
