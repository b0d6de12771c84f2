package io.tidemark.gateway.replication;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.ChangeOutcome;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;

/** Asks another gateway at its replication port. Thread-safe. */
final class PeerLink implements AutoCloseable {
  private final ManagedChannel channel;

  PeerLink(Address address) {
    channel = NettyChannelBuilder.forAddress(address.host(), address.port()).usePlaintext().build();
  }

  /** Greets, and brings its greeting; fails if there is none in time. */
  CompletableFuture<Greeting> greet(Greeting mine, Duration limit) {
    // gRPC would wait ever longer before it connects to one that was away.
    channel.resetConnectBackoff();
    return call(PeerService.GREET, mine, Greeting.parser(), limit);
  }

  /** Proposes to the group's leader. If it fails, nobody knows what became of it. */
  CompletableFuture<ProposalOutcome> propose(Proposal proposal, Duration limit) {
    return call(PeerService.PROPOSE, proposal, ProposalOutcome.parser(), limit);
  }

  /** Asks the leader of the agreement for a change of the members. */
  CompletableFuture<ChangeOutcome> change(Change change, Duration limit) {
    return call(PeerService.CHANGE, change, ChangeOutcome.parser(), limit);
  }

  private <A> CompletableFuture<A> call(
      MethodDescriptor<byte[], byte[]> method,
      MessageLite request,
      Parser<A> answers,
      Duration limit) {
    CompletableFuture<A> answer = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        channel.newCall(
            method, CallOptions.DEFAULT.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)),
        request.toByteArray(),
        new StreamObserver<byte[]>() {
          @Override
          public void onNext(byte[] bytes) {
            try {
              answer.complete(answers.parseFrom(bytes));
            } catch (InvalidProtocolBufferException e) {
              answer.completeExceptionally(e);
            }
          }

          @Override
          public void onError(Throwable thrown) {
            answer.completeExceptionally(thrown);
          }

          @Override
          public void onCompleted() {
            answer.completeExceptionally(new IllegalStateException("an answer without a message"));
          }
        });
    return answer;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
