package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.LogEntry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway's replication port, asked by a stranger. */
class PeerServiceTest {
  private static final int ROUNDS = 300;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path dir = Path.of("set by JUnit");
  private OpenLog open = none();
  private ManagedChannel channel = none();
  private PeerLink link = none();

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // set before each test
  private static <T> T none() {
    return null;
  }

  @BeforeEach
  void start() throws Exception {
    open = Logs.open(dir);
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", open.cluster().port()).usePlaintext().build();
    link = new PeerLink(new Address("127.0.0.1", open.cluster().port()), null);
  }

  @AfterEach
  void stop() {
    link.close();
    channel.shutdownNow();
    open.close();
  }

  private Status sendRaw(MethodDescriptor<byte[], byte[]> method, byte[] request) {
    try {
      ClientCalls.blockingUnaryCall(
          channel, method, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS), request);
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  @Test
  void arbitraryBytesAreAnsweredAndHarmNothing() throws Exception {
    Random random = new Random(20261126);
    List<MethodDescriptor<byte[], byte[]>> methods =
        List.of(PeerService.GREET, PeerService.PROPOSE, PeerService.CHANGE);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      Status status = sendRaw(methods.get(round % methods.size()), bytes);
      assertThat(status.getCode()).isIn(Status.Code.OK, Status.Code.INVALID_ARGUMENT);
    }
    ReplicatedLogContract.await(open.log().propose(new byte[] {1}, 1));
    assertThat(open.log().counts()).isEqualTo(new Counts(0, 1, 0, 0));
  }

  @Test
  void aProposalForNoGroupIsTurnedAway() {
    assertThat(notProposed(proposal().setGroup("g9"))).contains("group g9 takes nothing");
  }

  @Test
  void aProposalThatIsNoneIsTurnedAwayBeforeItIsInTheLog() {
    assertThat(notProposed(proposal().setCluster("0"))).isEqualTo("this is not cluster 0");
    assertThat(notProposed(proposal().setEntry(ByteString.copyFrom(new byte[] {1, 2, 3}))))
        .startsWith("not an entry: ");
    assertThat(notProposed(proposal().setEntry(ByteString.EMPTY))).startsWith("not an entry: ");
    assertThat(notProposed(proposal().setReadings(-1))).contains("more readings");
    assertThat(
            notProposed(
                proposal().setEntry(ByteString.copyFrom(new byte[Limits.ENTRY_MAX_BYTES + 1]))))
        .contains("an entry may have 4194304 bytes");
    assertThat(open.log().counts()).isEqualTo(Counts.NONE);
    assertThat(link.propose(proposal().build(), LIMIT).join().getCommitted()).isPositive();
    assertThat(open.log().counts()).isEqualTo(new Counts(3, 3, 0, 0));
  }

  @Test
  void whatIsNoFrameGetsIntoNoLog() throws Exception {
    for (byte[] frame : new byte[][] {{}, {9}, {1, 0}, {2, 0, 0}}) {
      RaftClientReply reply =
          open.log()
              .replica()
              .submit(frame, ClientId.randomId())
              .handle((answer, failure) -> answer)
              .join();
      assertThat(reply == null || !reply.isSuccess()).isTrue();
    }
    ReplicatedLogContract.await(open.log().propose(new byte[] {1}, 1));
  }

  private Proposal.Builder proposal() {
    return Proposal.newBuilder()
        .setCluster(open.cluster().status().cluster())
        .setGroup("g1")
        .setReadings(3)
        .setEntry(ByteString.copyFrom(ForwardCodec.encodeEntry(new LogEntry("g2", 1, List.of()))));
  }

  private String notProposed(Proposal.Builder proposal) {
    ProposalOutcome outcome = link.propose(proposal.build(), LIMIT).join();
    assertThat(outcome.hasNotProposed()).isTrue();
    return outcome.getNotProposed();
  }

  @Test
  void aStrangersGreetingIsAnsweredAndForgotten() {
    Greeting stranger =
        Greeting.newBuilder().setGateway("g9").setCanCommit(true).setMqtt("evil:1883").build();
    Greeting answer = link.greet(stranger, LIMIT).join();
    assertThat(answer.getGateway()).isEqualTo("g1");
    assertThat(answer.getCanCommit()).isTrue();
    await().until(() -> link.greet(stranger, LIMIT).join().getReplicas(0).getLeads());
    assertThat(open.cluster().elsewhere()).isNull();
    assertThat(open.cluster().status().members()).hasSize(1);
  }

  @Test
  void nobodyThereFailsInTime() {
    try (PeerLink nowhere = new PeerLink(new Address("127.0.0.1", 1), null)) {
      assertThatThrownBy(() -> nowhere.greet(Greeting.getDefaultInstance(), LIMIT).join())
          .hasCauseInstanceOf(StatusRuntimeException.class);
    }
  }
}
