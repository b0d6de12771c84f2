package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
    link = new PeerLink(new Address("127.0.0.1", open.cluster().port()));
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
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      Status status = sendRaw(round % 2 == 0 ? PeerService.GREET : PeerService.PROPOSE, bytes);
      assertThat(status.getCode()).isIn(Status.Code.OK, Status.Code.INVALID_ARGUMENT);
    }
    ReplicatedLogContract.await(open.log().propose(new byte[] {1}, 1));
    assertThat(open.log().counts()).isEqualTo(new Counts(0, 1, 0, 0));
  }

  @Test
  void aProposalForNoGroupIsTurnedAway() {
    ProposalOutcome outcome =
        link.propose(Proposal.newBuilder().setGroup("g9").build(), LIMIT).join();
    assertThat(outcome.getNotProposed()).contains("no group g9");
  }

  @Test
  void aStrangersGreetingIsAnsweredAndForgotten() {
    Greeting stranger =
        Greeting.newBuilder().setGateway("g9").setCanCommit(true).setMqtt("evil:1883").build();
    Greeting answer = link.greet(stranger, LIMIT).join();
    assertThat(answer.getGateway()).isEqualTo("g1");
    assertThat(answer.getCanCommit()).isTrue();
    await().until(() -> link.greet(stranger, LIMIT).join().getLeadsCount() == 1);
    assertThat(open.cluster().elsewhere()).isNull();
    assertThat(open.cluster().status().members()).hasSize(1);
  }

  @Test
  void nobodyThereFailsInTime() {
    try (PeerLink nowhere = new PeerLink(new Address("127.0.0.1", 1))) {
      assertThatThrownBy(() -> nowhere.greet(Greeting.getDefaultInstance(), LIMIT).join())
          .hasCauseInstanceOf(StatusRuntimeException.class);
    }
  }
}
