package io.tidemark.agent.publish;

import static io.tidemark.agent.publish.PublishBench.carries;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.eclipse.californium.core.coap.CoAP.ResponseCode.INTERNAL_SERVER_ERROR;
import static org.eclipse.californium.core.coap.CoAP.ResponseCode.REQUEST_ENTITY_TOO_LARGE;
import static org.eclipse.californium.core.coap.CoAP.ResponseCode.SERVICE_UNAVAILABLE;
import static org.eclipse.californium.core.coap.CoAP.ResponseCode.TOO_MANY_REQUESTS;

import io.tidemark.agent.journal.JournalException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Publishing over CoAP, against a real server, on a network that loses datagrams. */
class CoapPublisherTest extends PublisherContract {
  private final FakeCoapGateway gateway = new FakeCoapGateway();

  CoapPublisherTest(@TempDir Path dir) throws JournalException {
    super(dir);
    bench.ackTimeout = Duration.ofMillis(300);
    bench.connectTimeout = Duration.ofSeconds(3);
  }

  @Override
  FakeServer server() {
    return gateway;
  }

  @Override
  FakeServer another() {
    return new FakeCoapGateway();
  }

  @Override
  String batchType() {
    return "65001";
  }

  @Override
  String refusalCode() {
    return "4.00";
  }

  @Override
  int inFlightMax(int window) {
    return 1;
  }

  @Override
  List<FakeServer.Answer> mischief() {
    return List.of(
        new FakeCoapGateway.Reject(),
        new FakeCoapGateway.Separate(FakeCoapGateway.SILENCE, 0),
        new FakeCoapGateway.Separate(FakeCoapGateway.ACCEPT, 5),
        FakeCoapGateway.respond(ResponseCode.NOT_FOUND),
        FakeCoapGateway.respond(INTERNAL_SERVER_ERROR));
  }

  @Test
  void oneRequestIsInFlightAtATime() throws Exception {
    gateway.answers(batch -> new FakeCoapGateway.Later(FakeCoapGateway.ACCEPT, 20));
    bench.batches(20, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(gateway.inFlightMax).hasValue(1);
    assertThat(gateway.connections()).isEqualTo(1);
    bench.assertNumbersStored(20, gateway);
  }

  @ParameterizedTest
  @CsvSource({
    "BAD_REQUEST,4.00",
    "FORBIDDEN,4.03",
    "REQUEST_ENTITY_TOO_LARGE,4.13",
    "UNSUPPORTED_CONTENT_FORMAT,4.15"
  })
  void theseCodesAreForGood(ResponseCode code, String shown) throws Exception {
    gateway.answers(
        batch -> carries(batch, 1) ? FakeCoapGateway.respond(code) : FakeCoapGateway.ACCEPT);
    bench.batches(3, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(bench.journal.counts().dropped()).isEqualTo(Map.of("refused:" + shown, 1L));
    assertThat(gateway.arrivals.stream().filter(arrival -> carries(arrival.batch(), 1))).hasSize(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aLargeBatchRefusedForItsSizeIsNotSentInSmallerBlocks() throws Exception {
    gateway.answers(
        batch ->
            batch.readings().size() == 10
                ? FakeCoapGateway.respond(REQUEST_ENTITY_TOO_LARGE)
                : FakeCoapGateway.ACCEPT);
    bench.largeBatch(40_000);
    bench.batches(1, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(bench.journal.counts().dropped()).isEqualTo(Map.of("refused:4.13", 10L));
    assertThat(gateway.arrivals.stream().filter(arrival -> carries(arrival.batch(), 0))).hasSize(1);
    assertThat(bench.journal.counts().acknowledged()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "UNAUTHORIZED",
        "REQUEST_ENTITY_INCOMPLETE",
        "CONFLICT",
        "TOO_MANY_REQUESTS",
        "INTERNAL_SERVER_ERROR",
        "SERVICE_UNAVAILABLE",
        "GATEWAY_TIMEOUT"
      })
  void theseCodesAreForNow(ResponseCode code) throws Exception {
    AtomicInteger refusals = new AtomicInteger(3);
    gateway.answers(
        batch ->
            refusals.getAndDecrement() > 0
                ? FakeCoapGateway.respond(code)
                : FakeCoapGateway.ACCEPT);
    bench.batches(2, 2);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(4, gateway);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"NOT_FOUND", "METHOD_NOT_ALLOWED", "BAD_OPTION", "CREATED", "CONTENT", "VALID"})
  void whoAnswersLikeThisIsNoGateway(ResponseCode code) throws Exception {
    gateway.answers(batch -> FakeCoapGateway.respond(code));
    try (FakeCoapGateway other = new FakeCoapGateway().start()) {
      bench.batches(3, 1);
      bench.publishTo(gateway.start().uri(), other.uri());
      bench.awaitDelivered();
      bench.assertNumbersStored(3, other);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS"})
  void itIsLeftAloneForAsLongAsItAsks(ResponseCode code) throws Exception {
    bench.backoffMax = Duration.ofSeconds(20);
    List<Long> nanos = new CopyOnWriteArrayList<>();
    gateway.answers(
        batch -> {
          nanos.add(System.nanoTime());
          return nanos.size() == 1 ? new FakeCoapGateway.Respond(code, 2) : FakeCoapGateway.ACCEPT;
        });
    bench.batches(1, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    assertThat(Duration.ofNanos(nanos.get(1) - nanos.get(0))).isGreaterThan(Duration.ofSeconds(2));
    assertThat(List.of(SERVICE_UNAVAILABLE, TOO_MANY_REQUESTS)).contains(code);
  }

  @Test
  void butNotForLongerThanTheLongestPause() throws Exception {
    AtomicInteger refusals = new AtomicInteger(3);
    gateway.answers(
        batch ->
            refusals.getAndDecrement() > 0
                ? new FakeCoapGateway.Respond(SERVICE_UNAVAILABLE, 3_600)
                : FakeCoapGateway.ACCEPT);
    bench.batches(1, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
  }

  @Test
  void whatIsAnsweredInAMessageOfItsOwnCounts() throws Exception {
    gateway.answers(batch -> new FakeCoapGateway.Separate(FakeCoapGateway.ACCEPT, 50));
    bench.batches(3, 2);
    bench.largeBatch(8_000);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(8, gateway);
    assertThat(gateway.connections()).isEqualTo(1);
    assertThat(gateway.arrivals.stream().filter(arrival -> !arrival.batch().readings().isEmpty()))
        .hasSize(4);
  }

  @Test
  void anEmptyAcknowledgementPromisesNothing() throws Exception {
    bench.stallTimeout = Duration.ofSeconds(7); // not ten times as long, as over MQTT
    gateway.answers(batch -> new FakeCoapGateway.Separate(FakeCoapGateway.SILENCE, 0));
    bench.batches(2, 1);
    bench.publishTo(gateway.start().uri());
    await().until(() -> gateway.connections() >= 2); // alone, it is given a new connection
    assertThat(bench.journal.counts().acknowledged()).isZero();
    gateway.answers(batch -> FakeCoapGateway.ACCEPT);
    bench.awaitDelivered();
    bench.assertNumbersStored(2, gateway);
  }

  @Test
  void whatTheNetworkLosesIsSentAgainAndTakenOnce() throws Exception {
    gateway.losesRequests(number -> number <= 2).losesAnswers(number -> number == 2 || number == 5);
    bench.connectTimeout = Duration.ofSeconds(20);
    bench.batches(3, 1);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(3, gateway);
    assertThat(gateway.connections()).isEqualTo(1);
    assertThat(gateway.accepted().stream().filter(batch -> !batch.readings().isEmpty())).hasSize(3);
  }

  @Test
  void aMessageThatNobodyAcknowledgesEndsTheConnection() throws Exception {
    bench.ackTimeout = Duration.ofMillis(20); // 31 to 46 times that, in all
    gateway.losesRequests(number -> number > 1); // all but the ping
    try (FakeCoapGateway other = new FakeCoapGateway().start()) {
      bench.batches(2, 1);
      bench.publishTo(gateway.start().uri(), other.uri());
      bench.awaitDelivered();
      bench.assertNumbersStored(2, other);
    }
    assertThat(gateway.arrivals).isEmpty();
  }

  @Test
  void aRejectedMessageEndsTheConnection() throws Exception {
    gateway.answers(batch -> new FakeCoapGateway.Reject());
    try (FakeCoapGateway other = new FakeCoapGateway().start()) {
      bench.batches(2, 1);
      bench.publishTo(gateway.start().uri(), other.uri());
      bench.awaitDelivered();
      bench.assertNumbersStored(2, other);
    }
  }

  @Test
  void aLargeBatchMayTakeLongerThanAGatewayMayBeSilent() throws Exception {
    bench.ackTimeout = Duration.ofMillis(500);
    bench.stallTimeout = Duration.ofSeconds(12);
    gateway.losesRequests(number -> number > 4 && number % 2 == 0); // each block needs two attempts
    bench.largeBatch(40_000);
    try (FakeCoapGateway other = new FakeCoapGateway().start()) {
      bench.publishTo(gateway.start().uri(), other.uri());
      long start = System.nanoTime();
      bench.awaitDelivered();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(bench.stallTimeout);
      assertThat(other.arrivals).isEmpty();
    }
    bench.assertNumbersStored(10, gateway);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aSuccessThatKnowsOnlyTheFirstBlockIsNone() throws Exception {
    try (FakeCoapGateway other = new FakeCoapGateway().start()) {
      bench.largeBatch(8_000);
      bench.publishTo(gateway.knowsNoBlocks().start().uri(), other.uri());
      bench.awaitDelivered();
      bench.assertNumbersStored(2, other);
    }
  }

  @Test
  void aBatchIsTakenAgainFromItsFirstBlockWhenItsGatewayLostTheRest() throws Exception {
    AtomicInteger seen = new AtomicInteger();
    gateway.answers(
        batch ->
            batch.readings().size() == 10 && seen.getAndIncrement() == 0
                ? FakeCoapGateway.respond(ResponseCode.REQUEST_ENTITY_INCOMPLETE)
                : FakeCoapGateway.ACCEPT);
    bench.largeBatch(40_000);
    bench.publishTo(gateway.start().uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(10, gateway);
    assertThat(seen).hasValue(2);
  }

  @Test
  void aNameThatIsNotResolvedIsAGatewayAway() throws Exception {
    bench.batches(1, 1);
    bench.publishTo(URI.create("coap://nowhere.invalid:5683"), gateway.start().uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(1, gateway);
  }

  @Test
  void whoDoesNotAnswerThePingIsGivenUpInTime() throws Exception {
    bench.ackTimeout = Duration.ofSeconds(30);
    gateway.losesRequests(number -> true);
    try (FakeCoapGateway other = new FakeCoapGateway().start()) {
      bench.batches(1, 1);
      bench.publishTo(gateway.start().uri(), other.uri());
      bench.awaitDelivered();
      bench.assertNumbersStored(1, other);
    }
  }

  @Test
  @ResourceLock(THREADS)
  void connectionsThatEndLeaveNoThreadsBehindAndTheLibraryNoFile() throws Exception {
    gateway.answers(batch -> FakeCoapGateway.respond(ResponseCode.NOT_FOUND));
    bench.publishTo(gateway.start().uri());
    await().until(() -> gateway.connections() >= 5);
    bench.publisher().close();
    gateway.close();
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.contains("Coap") || name.contains("coap"))
                    .noneMatch(name -> name.startsWith("UDP-")));
    assertThat(Files.exists(Path.of("Californium3.properties"))).isFalse();
  }
}
