package io.tidemark.gateway.replication;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;

/**
 * Makes a vote durable before it is given. Ratis 3.3.0 writes term and vote to a new file, fsyncs
 * it, and renames it to {@code raft-meta}, but it does not fsync the folder: a power cut within the
 * file system's next seconds takes the vote back, and two peers may be elected in one term (Raft,
 * figure 2: persistent state is updated before responding to RPCs). Terms without a vote need none
 * of this: who forgets one may vote in it, but not twice.
 */
final class DurableVotes implements ServerInterceptor {
  private static final String REQUEST_VOTE = "requestVote";

  private final Path storage;

  /**
   * For all groups of a server.
   *
   * @param storage where their folders are
   */
  DurableVotes(Path storage) {
    this.storage = storage;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return REQUEST_VOTE.equals(call.getMethodDescriptor().getBareMethodName())
        ? next.startCall(voting(call), headers)
        : next.startCall(call, headers);
  }

  private <Q, A> ServerCall<Q, A> voting(ServerCall<Q, A> call) {
    return new SimpleForwardingServerCall<>(call) {
      @Override
      public void sendMessage(A message) {
        if (message instanceof RequestVoteReplyProto reply && reply.getServerReply().getSuccess()) {
          sync(reply);
        }
        super.sendMessage(message);
      }
    };
  }

  private void sync(RequestVoteReplyProto reply) {
    RaftGroupId group = RaftGroupId.valueOf(reply.getServerReply().getRaftGroupId().getId());
    try {
      sync(storage.resolve(group.getUuid().toString()));
    } catch (IOException e) {
      // Ratis answers with an error instead: no vote.
      throw new UncheckedIOException("the vote is not durable", e);
    }
  }

  /**
   * Makes the vote of a group durable that was last written here. To be called too before this
   * gateway leads: it has voted for itself.
   *
   * @param group the group's folder
   */
  static void sync(Path group) throws IOException {
    DurableFile.sync(group.resolve("current"));
  }
}
