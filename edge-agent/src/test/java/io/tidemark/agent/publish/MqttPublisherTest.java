package io.tidemark.agent.publish;

import static io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType.MAXIMUM_PACKET_SIZE;
import static io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType.MAXIMUM_QOS;
import static io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType.RECEIVE_MAXIMUM;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.NOT_AUTHORIZED;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.NO_MATCHING_SUBSCRIBERS;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.QUOTA_EXCEEDED;
import static io.vertx.mqtt.messages.codes.MqttPubAckReasonCode.UNSPECIFIED_ERROR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.agent.journal.Journal;
import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalSettings;
import io.tidemark.agent.journal.JournalView;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The publisher against a real MQTT server, over a real journal. */
@Timeout(120)
class MqttPublisherTest {
  private final Path dir;
  private final Journal journal;
  private final FakeGateway gateway = new FakeGateway();
  private @Nullable GatewayPublisher publisher;
  private Duration stallTimeout = Duration.ofSeconds(60);
  private Duration homeAfter = Duration.ofHours(1);
  private Duration statusInterval = Duration.ofHours(1);
  private Duration connectTimeout = Duration.ofSeconds(20);
  private int window = 16;
  private int made;

  MqttPublisherTest(@TempDir Path dir) throws JournalException {
    this.dir = dir;
    this.journal =
        Journal.open(
            new JournalSettings(dir, "pi-1", 64 << 20, Duration.ofDays(1), Duration.ofMillis(50)));
  }

  @BeforeAll
  static void patience() {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60)); // the build machine is shared
  }

  @AfterEach
  void tearDown() throws Exception {
    if (publisher != null) {
      publisher.close();
    }
    journal.close();
    gateway.close();
  }

  @Test
  void batchesArriveOnTheDevicesTopicWithTheirTypeAndLeaveTheJournal() throws Exception {
    publishTo(gateway.start().uri());
    batches(3, 2);
    awaitDelivered();

    List<FakeGateway.Arrival> readings =
        gateway.arrivals.stream().filter(arrival -> !arrival.batch().readings().isEmpty()).toList();
    assertThat(readings)
        .hasSize(3)
        .allSatisfy(
            arrival -> {
              assertThat(arrival.topic()).isEqualTo("devices/pi-1/telemetry");
              assertThat(arrival.contentType()).isEqualTo("application/vnd.tidemark.batch");
            });
    assertNumbersStored(6);
  }

  @Test
  void onConnectingAndAtItsIntervalItSaysWhatItHas() throws Exception {
    statusInterval = Duration.ofMillis(200);
    publishTo(gateway.start().uri());
    await().until(() -> gateway.arrivals.size() >= 3);
    assertThat(gateway.arrivals.get(0).batch().header().kind()).isEqualTo(BatchHeader.Kind.STATUS);
    batches(1, 5);
    await()
        .until(
            () -> gateway.arrivals.stream().anyMatch(arrival -> isStatus(arrival.batch(), 5, 5)));
  }

  @Test
  void theWindowBoundsWhatIsInFlightAndNothingLeavesWithoutAPuback() throws Exception {
    gateway.answers(batch -> FakeGateway.WITHHOLD);
    window = 5;
    batches(12, 1);
    publishTo(gateway.start().uri());
    await().until(() -> gateway.arrivals.size() == 5);
    await().during(Duration.ofMillis(300)).until(() -> gateway.arrivals.size() == 5);
    assertThat(journal.counts().waiting()).isEqualTo(12);
    assertThat(journal.counts().acknowledged()).isZero();
  }

  @Test
  void theServersReceiveMaximumBoundsItFurther() throws Exception {
    gateway
        .announces(RECEIVE_MAXIMUM, 3)
        .answers(batch -> new FakeGateway.Later(FakeGateway.ACCEPT, 20));
    batches(40, 1);
    publishTo(gateway.start().uri());
    awaitDelivered();
    assertThat(gateway.inFlightMax).hasValue(3);
    assertThat(gateway.connections).hasValue(1);
    assertNumbersStored(40);
  }

  @Test
  void nobodySubscribingIsSuccess() throws Exception {
    gateway.answers(batch -> FakeGateway.refuse(NO_MATCHING_SUBSCRIBERS));
    batches(2, 1);
    publishTo(gateway.start().uri());
    awaitDelivered();
    assertThat(journal.counts().acknowledged()).isEqualTo(2);
  }

  @Test
  void aBatchRefusedForGoodIsSetAsideDeclaredAndNotSentAgain() throws Exception {
    gateway.answers(
        batch ->
            carries(batch, 1) ? FakeGateway.refuse(PAYLOAD_FORMAT_INVALID) : FakeGateway.ACCEPT);
    batches(3, 1);
    publishTo(gateway.start().uri());
    awaitDelivered();

    assertThat(gateway.arrivals.stream().filter(arrival -> carries(arrival.batch(), 1))).hasSize(1);
    assertThat(gateway.accepted())
        .anySatisfy(
            batch -> {
              assertThat(batch.header().dropReason()).isEqualTo("refused:0x99");
              assertThat(batch.header().firstSequence()).isEqualTo(1);
              assertThat(batch.header().count()).isEqualTo(1);
            });
    JournalView.Epoch epoch = JournalView.read(dir).get(0);
    assertThat(List.of(epoch.setAside(), epoch.dropped(), epoch.undeclared()))
        .containsExactly(1L, 1L, 0L);
    assertThat(publisher().counts().refused()).containsEntry("0x99", 1L);
  }

  @Test
  void aGatewayThatRefusesEverythingDoesNotMakeALoop() throws Exception {
    gateway.answers(batch -> FakeGateway.refuse(NOT_AUTHORIZED));
    batches(3, 1);
    publishTo(gateway.start().uri());
    awaitDelivered();
    int arrivals = gateway.arrivals.size();
    assertThat(arrivals).isLessThanOrEqualTo(1 + 3 + 3); // status, batches, their declarations
    await().during(Duration.ofMillis(300)).until(() -> gateway.arrivals.size() == arrivals);
    assertThat(JournalView.read(dir).get(0).setAside()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNSPECIFIED_ERROR", "IMPLEMENTATION_SPECIFIC_ERROR", "QUOTA_EXCEEDED"})
  void whatIsRefusedForNowIsSentAgain(MqttPubAckReasonCode code) throws Exception {
    AtomicInteger refusals = new AtomicInteger(10);
    gateway.answers(
        batch -> refusals.getAndDecrement() > 0 ? FakeGateway.refuse(code) : FakeGateway.ACCEPT);
    batches(4, 2);
    publishTo(gateway.start().uri());
    awaitDelivered();
    assertNumbersStored(8);
    assertThat(gateway.connections).hasValue(1);
    assertThat(journal.counts().dropped()).isEmpty();
    assertThat(List.of(UNSPECIFIED_ERROR, IMPLEMENTATION_SPECIFIC_ERROR, QUOTA_EXCEEDED))
        .contains(code);
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
    batches(6, 2);
    publishTo(gateway.start().uri());
    awaitDelivered();
    assertThat(gateway.connections.get()).isGreaterThan(1);
    assertNumbersStored(12);
    Map<Long, Batch> byFirst = new HashMap<>();
    for (FakeGateway.Arrival arrival : gateway.arrivals) {
      if (!arrival.batch().readings().isEmpty()) {
        Batch before =
            byFirst.putIfAbsent(arrival.batch().header().firstSequence(), arrival.batch());
        assertThat(before == null || before.equals(arrival.batch())).isTrue();
      }
    }
  }

  @Test
  void aGatewayThatComesLaterIsFound() throws Exception {
    gateway.start();
    gateway.stop();
    batches(2, 1);
    publishTo(gateway.uri());
    await().during(Duration.ofMillis(200)).until(() -> journal.counts().acknowledged() == 0);
    gateway.start();
    awaitDelivered();
    assertNumbersStored(2);
  }

  @Test
  void whenHomeIsAwayTheNextGatewayIsUsedAndHomeAgainLater() throws Exception {
    homeAfter = Duration.ofMillis(300);
    try (FakeGateway other = new FakeGateway().start()) {
      gateway.start();
      gateway.stop();
      publishTo(gateway.uri(), other.uri());
      batches(2, 1);
      await().until(() -> journal.counts().acknowledged() == 2);
      assertThat(publisher().counts().gateway()).isEqualTo(other.uri().toString());
      gateway.start();
      await().until(() -> publisher().counts().gateway().equals(gateway.uri().toString()));
      batches(2, 1);
      await().until(() -> journal.counts().acknowledged() == 4);
      assertThat(gateway.accepted()).anyMatch(batch -> !batch.readings().isEmpty());
    }
  }

  @Test
  void aGatewayThatWithholdsEveryPubackIsLeftForAnother() throws Exception {
    stallTimeout = Duration.ofMillis(500);
    gateway.answers(batch -> FakeGateway.WITHHOLD);
    try (FakeGateway other = new FakeGateway().start()) {
      batches(3, 1);
      publishTo(gateway.start().uri(), other.uri());
      awaitDelivered();
      assertThat(other.accepted().stream().mapToInt(batch -> batch.readings().size()).sum())
          .isEqualTo(3);
    }
  }

  @Test
  void aServerThatTakesOnlyQosZeroAcknowledgesNothing() throws Exception {
    gateway.announces(MAXIMUM_QOS, 0);
    batches(2, 1);
    publishTo(gateway.start().uri());
    await().until(() -> gateway.connections.get() >= 2);
    assertThat(gateway.arrivals).isEmpty();
    assertThat(journal.counts().waiting()).isEqualTo(2);
  }

  @Test
  void whatTheServerSaysIsTooLargeIsSetAsideUnsent() throws Exception {
    gateway.announces(MAXIMUM_PACKET_SIZE, 400);
    batches(1, 1);
    batches(1, 200);
    batches(1, 1);
    publishTo(gateway.start().uri());
    awaitDelivered();
    assertThat(gateway.accepted())
        .extracting(batch -> String.valueOf(batch.header().dropReason()))
        .contains("refused:0x95");
    assertThat(gateway.arrivals)
        .allMatch(
            arrival ->
                arrival.batch().header().count() != 200 || arrival.batch().readings().isEmpty());
    assertThat(journal.counts().acknowledged()).isEqualTo(2);
    assertThat(gateway.connections).hasValue(1);
  }

  @Test
  void aBatchOverWhichTheServerDisconnectsIsFoundAndSetAside() throws Exception {
    gateway.answers(
        batch ->
            carries(
                    batch,
                    0) // by the time it is answered the others are in flight, if they are sent at
                // all
                ? new FakeGateway.Later(
                    new FakeGateway.Disconnect(MqttDisconnectReasonCode.PACKET_TOO_LARGE), 300)
                : batch.readings().isEmpty()
                    ? FakeGateway.ACCEPT
                    : new FakeGateway.Later(FakeGateway.ACCEPT, 600));
    batches(8, 1);
    publishTo(gateway.start().uri());
    awaitDelivered();
    assertThat(journal.counts().dropped()).isEqualTo(Map.of("refused:0x95", 1L));
    assertThat(journal.counts().acknowledged()).isEqualTo(7);
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
      batches(1, 3);
      publishTo(raw.uri());
      await().until(() -> journal.counts().dropped().getOrDefault("refused:0x95", 0L) == 3);
      poison.set(false);
      awaitDelivered();
    }
  }

  @Test
  void aReceiveMaximumThatTheLibraryCannotReadIsNotConnectedTo() throws Exception {
    byte[] connack = {0x20, 0x06, 0x00, 0x00, 0x03, 0x21, (byte) 0xff, (byte) 0xff};
    try (RawGateway raw = new RawGateway(connack, id -> new byte[0])) {
      batches(1, 1);
      publishTo(raw.uri(), gateway.start().uri());
      awaitDelivered();
      assertThat(raw.publishes).hasValue(0);
    }
  }

  @Test
  void connectionsThatEndAtOnceLeaveNoThreadsBehind() throws Exception {
    try (RawGateway raw = new RawGateway(new byte[0], id -> new byte[0])) {
      publishTo(raw.uri());
      await().until(() -> raw.connections.get() >= 15);
    }
    publisher().close();
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("MQTT ") || name.equals("mqtt-close")));
  }

  @Test
  void aServerThatNeverAnswersIsGivenUp() throws Exception {
    connectTimeout = Duration.ofSeconds(1);
    try (RawGateway silent = new RawGateway(new byte[] {(byte) 0xd0, 0}, id -> new byte[0])) {
      batches(1, 1);
      publishTo(silent.uri(), gateway.start().uri());
      awaitDelivered();
    }
  }

  @Test
  void drainingEndsWithAStatusThatSaysNothingIsLeft() throws Exception {
    batches(20, 3);
    publishTo(gateway.start().uri());
    assertThat(publisher().drain(Duration.ofSeconds(60))).isTrue();
    assertNumbersStored(60);
    Batch last = gateway.arrivals.get(gateway.arrivals.size() - 1).batch();
    assertThat(isStatus(last, 60, 60)).isTrue();
  }

  @Test
  void drainingGivesUpInTime() throws Exception {
    gateway.answers(batch -> FakeGateway.WITHHOLD);
    batches(2, 1);
    publishTo(gateway.start().uri());
    long start = System.nanoTime();
    assertThat(publisher().drain(Duration.ofMillis(300))).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    assertThat(journal.counts().waiting()).isEqualTo(2);
  }

  @Test
  void whateverTheGatewayDoesEveryNumberIsAccountedFor() throws Exception {
    Random random = new Random(11);
    gateway.answers(
        batch -> {
          synchronized (random) {
            int choice = random.nextInt(100);
            return choice < 70
                ? FakeGateway.ACCEPT
                : choice < 78
                    ? FakeGateway.refuse(QUOTA_EXCEEDED)
                    : choice < 84
                        ? FakeGateway.WITHHOLD
                        : choice < 90
                            ? FakeGateway.DROP
                            : choice < 95 && !batch.readings().isEmpty()
                                ? FakeGateway.refuse(PAYLOAD_FORMAT_INVALID)
                                : new FakeGateway.Disconnect(MqttDisconnectReasonCode.SERVER_BUSY);
          }
        });
    stallTimeout = Duration.ofMillis(100); // a second, where there is one gateway
    publishTo(gateway.start().uri());
    for (int i = 0; i < 40; i++) {
      batches(3, 2);
    }
    awaitDelivered();

    Set<Long> stored = new HashSet<>();
    Set<Long> dropped = new HashSet<>();
    for (Batch batch : gateway.accepted()) {
      Set<Long> into = batch.header().kind() == BatchHeader.Kind.DROP ? dropped : stored;
      for (long i = 0; i < batch.header().count(); i++) {
        into.add(batch.header().firstSequence() + i);
      }
    }
    JournalView.Epoch epoch = JournalView.read(dir).get(0);
    assertThat(epoch.nextSequence()).isEqualTo(240);
    for (long number = 0; number < 240; number++) {
      assertThat(stored.contains(number) || dropped.contains(number))
          .as("number %d", number)
          .isTrue();
    }
    assertThat(epoch.setAside()).isPositive();
    assertThat(journal.counts().acknowledged() + epoch.dropped()).isEqualTo(240);
  }

  private void publishTo(URI... gateways) {
    PublishSettings settings =
        new PublishSettings(
            List.of(gateways),
            "pi-1",
            window,
            Duration.ofSeconds(30),
            connectTimeout,
            Duration.ofSeconds(2),
            stallTimeout,
            new Backoff.Bounds(Duration.ofMillis(20), Duration.ofMillis(200)),
            homeAfter,
            statusInterval);
    publisher = new GatewayPublisher(settings, journal, new Random(3));
    publisher.start();
  }

  private GatewayPublisher publisher() {
    assertThat(publisher).isNotNull();
    return java.util.Objects.requireNonNull(publisher);
  }

  private void batches(int batches, int readings) {
    for (int batch = 0; batch < batches; batch++) {
      for (int i = 0; i < readings; i++) {
        journal.record(
            new Reading(
                "s",
                "test",
                System.currentTimeMillis() * 1_000_000,
                Map.of("x", Value.of((double) made++))));
      }
      journal.flush();
    }
  }

  private void awaitDelivered() {
    await().until(journal::isDrained);
  }

  private void assertNumbersStored(long count) {
    Set<Long> numbers = new HashSet<>();
    for (Batch batch : gateway.accepted()) {
      for (int i = 0; i < batch.readings().size(); i++) {
        numbers.add(batch.header().firstSequence() + i);
      }
    }
    assertThat(numbers).hasSize((int) count);
    assertThat(journal.counts().acknowledged()).isEqualTo(count);
  }

  private static boolean carries(Batch batch, long number) {
    long first = batch.header().firstSequence();
    return number >= first && number < first + batch.readings().size();
  }

  private static boolean isStatus(Batch batch, long nextSequence, long oldestKept) {
    BatchHeader header = batch.header();
    return header.kind() == BatchHeader.Kind.STATUS
        && header.nextSequence() == nextSequence
        && header.oldestKept() == oldestKept;
  }
}
