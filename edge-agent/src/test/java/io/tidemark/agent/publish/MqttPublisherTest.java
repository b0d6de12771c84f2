package io.tidemark.agent.publish;

import static io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType.MAXIMUM_PACKET_SIZE;
import static io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType.MAXIMUM_QOS;
import static io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType.RECEIVE_MAXIMUM;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.NOT_AUTHORIZED;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.NO_MATCHING_SUBSCRIBERS;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.QUOTA_EXCEEDED;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.UNSPECIFIED_ERROR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalView;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Publishing over MQTT 5, against a real server. */
class MqttPublisherTest extends PublisherContract {
  private final FakeGateway gateway = new FakeGateway();

  MqttPublisherTest(@TempDir Path dir) throws JournalException {
    super(dir);
  }

  @Override
  FakeServer server() {
    return gateway;
  }

  @Override
  FakeServer another() {
    return new FakeGateway();
  }

  @Override
  String batchType() {
    return "application/vnd.tidemark.batch";
  }

  @Override
  String refusalCode() {
    return "0x99";
  }

  @Override
  int inFlightMax(int window) {
    return window;
  }

  @Override
  List<FakeServer.Answer> mischief() {
    return List.of(
        FakeGateway.DROP, new FakeGateway.Disconnect(MqttDisconnectReasonCode.SERVER_BUSY));
  }

  @Test
  void theServersReceiveMaximumBoundsItFurther() throws Exception {
    gateway
        .announces(RECEIVE_MAXIMUM, 3)
        .answers(batch -> new FakeGateway.Later(FakeGateway.ACCEPT, 20));
    bench.batches(40, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(gateway.inFlightMax).hasValue(3);
    assertThat(gateway.connections).hasValue(1);
    bench.assertNumbersStored(40, gateway);
  }

  @Test
  void nobodySubscribingIsSuccess() throws Exception {
    gateway.answers(batch -> FakeGateway.refuse(NO_MATCHING_SUBSCRIBERS));
    bench.batches(2, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(bench.journal.counts().acknowledged()).isEqualTo(2);
  }

  @Test
  void notBeingAuthorisedDoesNotMakeALoopEither() throws Exception {
    gateway.answers(batch -> FakeGateway.refuse(NOT_AUTHORIZED));
    bench.batches(3, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    int arrivals = gateway.arrivals.size();
    assertThat(arrivals).isLessThanOrEqualTo(1 + 3 + 3); // status, batches, their declarations
    await().during(Duration.ofMillis(300)).until(() -> gateway.arrivals.size() == arrivals);
    assertThat(JournalView.read(bench.dir).get(0).setAside()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNSPECIFIED_ERROR", "IMPLEMENTATION_SPECIFIC_ERROR", "QUOTA_EXCEEDED"})
  void whatIsRefusedForNowIsSentAgain(MqttPubAckReasonCode code) throws Exception {
    AtomicInteger refusals = new AtomicInteger(10);
    gateway.answers(
        batch -> refusals.getAndDecrement() > 0 ? FakeGateway.refuse(code) : FakeGateway.ACCEPT);
    bench.batches(4, 2);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(8, gateway);
    assertThat(gateway.connections).hasValue(1);
    assertThat(bench.journal.counts().dropped()).isEmpty();
    assertThat(List.of(UNSPECIFIED_ERROR, IMPLEMENTATION_SPECIFIC_ERROR, QUOTA_EXCEEDED))
        .contains(code);
  }

  @Test
  void itIsLeftAloneForAsLongAsItAsks() throws Exception {
    bench.backoffMax = Duration.ofSeconds(20);
    List<Long> nanos = new CopyOnWriteArrayList<>();
    gateway.answers(
        batch -> {
          if (batch.readings().isEmpty()) {
            return FakeGateway.ACCEPT; // a status
          }
          nanos.add(System.nanoTime());
          return nanos.size() == 1
              ? new FakeGateway.PubAck(QUOTA_EXCEEDED, "1")
              : FakeGateway.ACCEPT;
        });
    bench.batches(1, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(Duration.ofNanos(nanos.get(1) - nanos.get(0))).isGreaterThan(Duration.ofSeconds(1));
  }

  @Test
  void afterALostConnectionTheSameBytesAreSentAgain() throws Exception {
    AtomicInteger seen = new AtomicInteger();
    gateway.answers(
        batch ->
            batch.readings().isEmpty()
                ? FakeGateway.ACCEPT
                : seen.incrementAndGet() < 4
                    ? FakeGateway.WITHHOLD
                    : seen.get() == 4 ? FakeGateway.DROP : FakeGateway.ACCEPT);
    bench.batches(6, 2);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(gateway.connections.get()).isGreaterThan(1);
    bench.assertNumbersStored(12, gateway);
    assertUnchanged();
  }

  @Test
  void aServerThatTakesOnlyQosZeroAcknowledgesNothing() throws Exception {
    gateway.announces(MAXIMUM_QOS, 0);
    bench.batches(2, 1);
    bench.publishTo(gateway.start().uri());
    await().until(() -> gateway.connections.get() >= 2);
    assertThat(gateway.arrivals).isEmpty();
    assertThat(bench.journal.counts().waiting()).isEqualTo(2);
  }

  @Test
  void whatTheServerSaysIsTooLargeIsSetAsideUnsent() throws Exception {
    gateway.announces(MAXIMUM_PACKET_SIZE, 400);
    bench.batches(1, 1);
    bench.batches(1, 200);
    bench.batches(1, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(gateway.accepted())
        .extracting(batch -> String.valueOf(batch.header().dropReason()))
        .contains("refused:0x95");
    assertThat(gateway.arrivals)
        .allMatch(
            arrival ->
                arrival.batch().header().count() != 200 || arrival.batch().readings().isEmpty());
    assertThat(bench.journal.counts().acknowledged()).isEqualTo(2);
    assertThat(gateway.connections).hasValue(1);
  }

  @Test
  void aBatchOverWhichTheServerDisconnectsIsFoundAndSetAside() throws Exception {
    gateway.answers(
        batch ->
            PublishBench.carries(
                    batch,
                    0) // by the time it is answered the others are in flight, if they are sent at
                // all
                ? new FakeGateway.Later(
                    new FakeGateway.Disconnect(MqttDisconnectReasonCode.PACKET_TOO_LARGE), 300)
                : batch.readings().isEmpty()
                    ? FakeGateway.ACCEPT
                    : new FakeGateway.Later(FakeGateway.ACCEPT, 600));
    bench.batches(8, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(bench.journal.counts().dropped()).isEqualTo(Map.of("refused:0x95", 1L));
    assertThat(bench.journal.counts().acknowledged()).isEqualTo(7);
  }

  @Test
  void aPubackWithACodeItMayNotHaveEndsInTheSame() throws Exception {
    AtomicBoolean poison = new AtomicBoolean(true);
    byte[] connack = {0x20, 0x03, 0x00, 0x00, 0x00};
    try (RawGateway raw =
        new RawGateway(
            connack,
            id ->
                poison.get()
                    ? new byte[] {0x40, 0x03, (byte) (id >> 8), (byte) id, (byte) 0x95}
                    : new byte[] {0x40, 0x02, (byte) (id >> 8), (byte) id})) {
      bench.batches(1, 3);
      bench.publishTo(raw.uri());
      await().until(() -> bench.journal.counts().dropped().getOrDefault("refused:0x95", 0L) == 3);
      poison.set(false);
      bench.awaitDelivered();
    }
  }

  @Test
  void aReceiveMaximumThatTheLibraryCannotReadIsNotConnectedTo() throws Exception {
    byte[] connack = {0x20, 0x06, 0x00, 0x00, 0x03, 0x21, (byte) 0xff, (byte) 0xff};
    try (RawGateway raw = new RawGateway(connack, id -> new byte[0])) {
      bench.batches(1, 1);
      bench.publishTo(raw.uri(), gateway.start().uri());
      bench.awaitDelivered();
      assertThat(raw.publishes).hasValue(0);
    }
  }

  @Test
  @ResourceLock(THREADS)
  void connectionsThatEndAtOnceLeaveNoThreadsBehind() throws Exception {
    try (RawGateway raw = new RawGateway(new byte[0], id -> new byte[0])) {
      bench.publishTo(raw.uri());
      await().until(() -> raw.connections.get() >= 10);
    }
    bench.publisher().close();
    awaitNoThreads();
  }

  @Test
  @ResourceLock(THREADS)
  void attemptsThatAreGivenUpAtAnyMomentLeaveNoThreadsBehind() throws Exception {
    try (ServerSocket frozen = new ServerSocket(0, 200, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("tcp://127.0.0.1:" + frozen.getLocalPort());
      for (int millis = 0; millis < 120; millis += 6) {
        PublishSettings settings = bench.settings(uri);
        Thread attempt =
            new Thread(
                () -> {
                  try {
                    PahoLink.connect(settings, uri, new Inbox()).close();
                  } catch (LinkException | InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
        attempt.start();
        attempt.join(millis + 1); // whatever it is doing then
        attempt.interrupt();
        attempt.join();
      }
      awaitNoThreads();
    }
  }

  private static void awaitNoThreads() {
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("MQTT") || name.equals("mqtt-close")));
  }

  @Test
  void aServerThatNeverAnswersIsGivenUp() throws Exception {
    bench.connectTimeout = Duration.ofSeconds(1);
    try (RawGateway silent = new RawGateway(new byte[] {(byte) 0xd0, 0}, id -> new byte[0])) {
      bench.batches(1, 1);
      bench.publishTo(silent.uri(), gateway.start().uri());
      bench.awaitDelivered();
    }
  }
}
