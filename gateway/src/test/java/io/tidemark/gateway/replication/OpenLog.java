package io.tidemark.gateway.replication;

/** A gateway alone, and its log. */
public record OpenLog(Cluster cluster, RatisLog log) implements AutoCloseable {
  @Override
  public void close() {
    cluster.close();
  }
}
