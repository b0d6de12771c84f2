package io.tidemark.gateway.replication;

class FakeLogTest implements ReplicatedLogContract {
  @Override
  public ReplicatedLog log() {
    return new FakeLog();
  }
}
