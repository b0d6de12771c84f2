package io.tidemark.gateway.replication;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.ChangeOutcome;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.ListAnswer;
import io.tidemark.gateway.replication.generated.ListQuestion;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import io.tidemark.wire.SignedAccessList;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Asks another gateway at its replication port. Thread-safe.
 *
 * <p>A connection on which nothing is heard any more is left for another one, as long as greetings
 * go on. TCP would find out by itself that the network is back, but repeats itself more rarely each
 * time: so it may take as long again as the network was away, up to two minutes.
 */
final class PeerLink implements AutoCloseable {
  private static final Duration SILENCE_MAX = Duration.ofSeconds(2);

  private static final int ANSWER_OVERHEAD_BYTES = 1 << 10;

  private final ManagedChannel channel;
  private final LongSupplier nanos;

  /** When it was heard, or when it was last given another connection. */
  private volatile long heardAtNanos;

  /**
   * @param tls null if nothing is encrypted
   * @throws IllegalArgumentException if a host cannot be one
   */
  PeerLink(Address address, @Nullable PeerTls tls) {
    this(address, tls, System::nanoTime);
  }

  /** The same with another clock. */
  PeerLink(Address address, @Nullable PeerTls tls, LongSupplier nanos) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(address.host(), address.port())
            .maxInboundMessageSize(SignedAccessList.MAX_BYTES + ANSWER_OVERHEAD_BYTES);
    if (tls == null) {
      builder.usePlaintext();
    } else {
      tls.secure(builder);
    }
    channel = builder.build();
    this.nanos = nanos;
    heardAtNanos = nanos.getAsLong();
  }

  /** Greets, and brings its greeting; fails if there is none in time. */
  CompletableFuture<Greeting> greet(Greeting mine, Duration limit) {
    // gRPC would wait ever longer before it connects to one that was away.
    channel.resetConnectBackoff();
    long now = nanos.getAsLong();
    if (now - heardAtNanos > SILENCE_MAX.toNanos()) {
      heardAtNanos = now;
      channel.enterIdle(); // the next call makes a connection; those on their way keep theirs
    }
    return call(PeerService.GREET, mine, Greeting.parser(), limit)
        .thenApply(
            answer -> {
              heardAtNanos = nanos.getAsLong();
              return answer;
            });
  }

  /** Proposes to the group's leader. If it fails, nobody knows what became of it. */
  CompletableFuture<ProposalOutcome> propose(Proposal proposal, Duration limit) {
    return call(PeerService.PROPOSE, proposal, ProposalOutcome.parser(), limit);
  }

  /** Asks the leader of the agreement for a change of the members. */
  CompletableFuture<ChangeOutcome> change(Change change, Duration limit) {
    return call(PeerService.CHANGE, change, ChangeOutcome.parser(), limit);
  }

  /** Asks for the access list. */
  CompletableFuture<ListAnswer> list(Duration limit) {
    return call(PeerService.LIST, ListQuestion.getDefaultInstance(), ListAnswer.parser(), limit);
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
