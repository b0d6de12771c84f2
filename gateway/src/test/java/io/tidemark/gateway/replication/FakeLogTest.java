package io.tidemark.gateway.replication;

class FakeLogTest implements ReplicatedLogContract {
  @Override
  public ReplicatedLog log() {
    return new FakeLog();
  }

  @Override
  public ReplicatedLog closedLog() {
    FakeLog log = new FakeLog();
    log.close();
    return log;
  }

  @Override
  public void closeForGood(ReplicatedLog log) {
    ((FakeLog) log).closeForGood();
  }
}
