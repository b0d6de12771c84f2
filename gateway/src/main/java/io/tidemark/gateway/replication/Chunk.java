package io.tidemark.gateway.replication;

import java.util.List;

/**
 * What one look into the log found.
 *
 * @param entries data entries in log order; empty if there is none yet
 * @param next where to look next: everything below it that is data is in {@code entries}
 */
public record Chunk(List<CommittedEntry> entries, long next) {
  public Chunk {
    entries = List.copyOf(entries);
  }
}
