package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.jspecify.annotations.Nullable;

/**
 * What every replica has, whatever its entries mean: a failure to write is final, and who leads has
 * a durable vote. Called by Ratis' threads; {@link #failure} by any.
 */
abstract class ReplicaMachine extends BaseStateMachine {
  private volatile @Nullable Path folder;
  private volatile @Nullable Throwable failure;

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    super.initialize(server, group, storage);
    folder = storage.getStorageDir().getRoot().toPath();
  }

  /** Before this peer leads: what it then says rests on its vote for itself. */
  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    Path group = folder;
    if (group == null || !leader.equals(member.getPeerId())) {
      return;
    }
    try {
      DurableVotes.sync(group);
    } catch (IOException e) {
      notifyLogFailed(e, null);
    }
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    if (failure == null) {
      failure = cause;
      Withdrawal.from(getServer().join(), getGroupId(), cause);
    }
  }

  /** What could not be written; null as long as everything could. */
  @Nullable Throwable failure() {
    return failure;
  }
}
