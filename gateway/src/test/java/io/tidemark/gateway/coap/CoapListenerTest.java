package io.tidemark.gateway.coap;

import static io.tidemark.gateway.coap.RawCoap.ACK;
import static io.tidemark.gateway.coap.RawCoap.BLOCK1;
import static io.tidemark.gateway.coap.RawCoap.CON;
import static io.tidemark.gateway.coap.RawCoap.CONTENT_FORMAT;
import static io.tidemark.gateway.coap.RawCoap.EMPTY;
import static io.tidemark.gateway.coap.RawCoap.MAX_AGE;
import static io.tidemark.gateway.coap.RawCoap.NON;
import static io.tidemark.gateway.coap.RawCoap.NO_RESPONSE;
import static io.tidemark.gateway.coap.RawCoap.RST;
import static io.tidemark.gateway.coap.RawCoap.SIZE1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.CoapPosts;
import io.tidemark.gateway.coap.RawCoap.Message;
import io.tidemark.gateway.coap.RawCoap.Option;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Readiness;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.wire.Limits;
import io.tidemark.wire.PayloadType;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

class CoapListenerTest {
  private static final String PATH = "devices/d1/telemetry";
  private static final byte[] BATCH = Batches.readings("d1", 0, 1);

  private final FakeIntake intake = new FakeIntake();
  private final List<AutoCloseable> clients = new ArrayList<>();
  private CoapListener listener = listener(settings(8, 5_000, 1 << 20));

  private static CoapSettings settings(int inFlight, int remembered, int transfersBytes) {
    return limited(inFlight, remembered, transfersBytes, inFlight, 100_000, 256 << 10);
  }

  private static CoapSettings limited(
      int inFlight,
      int remembered,
      int transfersBytes,
      int inFlightPerAddress,
      int perSecond,
      int payloadBytes) {
    return new CoapSettings(
        "127.0.0.1",
        0,
        0,
        true,
        100,
        100,
        inFlight,
        Duration.ofSeconds(7),
        remembered,
        transfersBytes,
        inFlightPerAddress,
        perSecond,
        payloadBytes);
  }

  private CoapListener listener(CoapSettings settings) {
    return new CoapListener(settings, intake, null);
  }

  @BeforeEach
  void start() throws Exception {
    listener.start();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable client : clients) {
      client.close();
    }
    listener.close();
  }

  private void restart(CoapSettings settings) throws Exception {
    listener.close();
    listener = listener(settings);
    listener.start();
  }

  private RawCoap raw() throws IOException {
    RawCoap raw = new RawCoap(listener.port());
    clients.add(raw);
    return raw;
  }

  private CoapPosts californium() throws IOException {
    CoapPosts client = new CoapPosts();
    clients.add(client);
    return client;
  }

  private String uri(String path) {
    return "coap://127.0.0.1:" + listener.port() + "/" + path;
  }

  /** Reads on until a ping is answered, and expects nothing before that. */
  private static void assertNothingComes(RawCoap coap) throws IOException {
    Message pong = coap.ask(new Message(CON, EMPTY, 65_000, new byte[0], List.of(), new byte[0]));
    assertThat(pong.type()).isEqualTo(RST);
    assertThat(pong.id()).isEqualTo(65_000);
  }

  /** The same, but for {@linkplain #answer what may come} of a request that has no answer yet. */
  private static void assertNoAnswerComes(RawCoap coap, Message request, long sentNanos)
      throws IOException {
    coap.send(new Message(CON, EMPTY, 65_000, new byte[0], List.of(), new byte[0]));
    Message pong = answer(coap, request, sentNanos);
    assertThat(pong.type()).isEqualTo(RST);
    assertThat(pong.id()).isEqualTo(65_000);
  }

  /**
   * The next message but for acknowledgements of the request without an answer, which come of what
   * takes long: so it may on a machine that stalls, and no sooner.
   */
  private static Message answer(RawCoap coap, Message request, long sentNanos) throws IOException {
    Message next = coap.read();
    while (Arrays.equals(next.bytes(), acknowledgement(request).bytes())) {
      assertThat(Duration.ofNanos(System.nanoTime() - sentNanos))
          .as("acknowledged without an answer")
          .isGreaterThan(Duration.ofMillis(1_400));
      next = coap.read();
    }
    return next;
  }

  private static Message acknowledgement(Message of) {
    return new Message(ACK, EMPTY, of.id(), new byte[0], List.of(), new byte[0]);
  }

  @Test
  void californiumIsAnsweredOnceItsBatchIsCommitted() throws Exception {
    CoapPosts client = californium();
    for (int i = 0; i < 20; i++) {
      CoapResponse response =
          client.post(uri(PATH), PayloadType.BATCH.contentFormat(), Batches.readings("d1", i, 1));
      assertThat(response.getCode()).isEqualTo(ResponseCode.CHANGED);
    }
    assertThat(intake.offers()).hasSize(20);
    FakeIntake.Offer offer = intake.offers().get(3);
    assertThat(offer.delivery().device()).isEqualTo("d1");
    assertThat(offer.delivery().payload()).isEqualTo(Batches.readings("d1", 3, 1));
    assertThat(offer.type()).isEqualTo(PayloadType.BATCH);
    assertThat(offer.mayRefuse()).isTrue();
    assertThat(listener.nonTaken()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void everyContentFormatNamesItsType(PayloadType type) throws Exception {
    RawCoap coap = raw();
    Option format = Option.of(CONTENT_FORMAT, type.contentFormat());
    assertThat(coap.ask(Message.post(CON, 1, PATH, BATCH, format)).status()).isEqualTo("2.04");
    assertThat(intake.offers().get(0).type()).isEqualTo(type);
  }

  @Test
  void withoutContentFormatTheTypeIsGuessedBehind() throws Exception {
    assertThat(raw().ask(Message.post(CON, 1, PATH, BATCH)).status()).isEqualTo("2.04");
    assertThat(intake.offers().get(0).type()).isNull();
  }

  @Test
  void anotherContentFormatIsRefusedWithAListOfThoseTaken() throws Exception {
    Message answer = raw().ask(Message.post(CON, 1, PATH, BATCH, Option.of(CONTENT_FORMAT, 60)));
    assertThat(answer.status()).isEqualTo("4.15");
    assertThat(answer.text())
        .contains("content format 60")
        .contains("65001 (application/vnd.tidemark.batch)")
        .contains("110 (application/senml+json)")
        .contains("112 (application/senml+cbor)")
        .contains("50 (application/json)");
    assertThat(intake.refused()).containsExactly(Reason.CONTENT_TYPE);
    assertThat(intake.offers()).isEmpty();
  }

  @Test
  void aQuickAnswerRidesOnTheAcknowledgement() throws Exception {
    RawCoap coap = raw();
    Message request = Message.post(CON, 4711, PATH, BATCH);
    Message answer = coap.ask(request);
    assertThat(answer.type()).isEqualTo(ACK);
    assertThat(answer.status()).isEqualTo("2.04");
    assertThat(answer.id()).isEqualTo(4711);
    assertThat(answer.token()).isEqualTo(request.token());
    assertThat(answer.payload()).isEmpty();
    assertThat(listener.inFlight()).isZero();
  }

  @Test
  void whatTakesLongIsAcknowledgedWithoutAPromiseAndAnsweredLater() throws Exception {
    RawCoap coap = raw();
    intake.hold();
    Message request = Message.post(CON, 1, PATH, BATCH);
    long sent = System.nanoTime();
    coap.send(request);
    await().until(() -> intake.held() == 1);
    coap.send(request);
    Message empty = coap.read();
    assertThat(Duration.ofNanos(System.nanoTime() - sent))
        .as("before ACK_TIMEOUT, with room for a machine that stalls")
        .isBetween(Duration.ofMillis(1_400), Duration.ofSeconds(15));
    assertThat(empty.type()).isEqualTo(ACK);
    assertThat(empty.code()).isEqualTo(EMPTY);
    assertThat(empty.id()).isEqualTo(1);
    Message again = coap.ask(request);
    assertThat(again.bytes()).as("a repetition is acknowledged again").isEqualTo(empty.bytes());
    assertThat(listener.inFlight()).isEqualTo(1);

    intake.release();
    Message late = answer(coap, request, sent);
    assertThat(late.type()).isEqualTo(CON);
    assertThat(late.status()).isEqualTo("2.04");
    assertThat(late.token()).isEqualTo(request.token());
    assertThat(coap.read().bytes()).as("repeated until the device has it").isEqualTo(late.bytes());
    assertThat(listener.late()).isEqualTo(1);
    coap.send(acknowledgement(late));
    await().until(() -> listener.late() == 0);
    assertThat(listener.inFlight()).isZero();
    assertThat(intake.offers()).hasSize(1);
  }

  @Test
  void aRepetitionIsDeliveredOnceAndAnsweredTheSame() throws Exception {
    RawCoap coap = raw();
    Message request = Message.post(CON, 77, PATH, BATCH);
    intake.hold();
    long sent = System.nanoTime();
    coap.send(request);
    await().until(() -> intake.held() == 1);
    coap.send(request);
    coap.send(request);
    assertNoAnswerComes(coap, request, sent);
    intake.release();
    Message answer = answer(coap, request, sent);
    assertThat(answer.status()).isEqualTo("2.04");
    coap.send(request);
    assertThat(answer(coap, request, sent).bytes()).isEqualTo(answer.bytes());
    RawCoap other = raw();
    assertThat(other.ask(request).status()).as("the same id, another device").isEqualTo("2.04");
    assertThat(intake.offers()).hasSize(2);

    intake.outcome(new Outcome.Refused(Reason.UNDECODABLE, "not a batch: of this test"));
    Message refused = other.ask(Message.post(CON, 78, PATH, BATCH));
    intake.outcome(new Outcome.Committed());
    assertThat(other.ask(Message.post(CON, 78, PATH, BATCH)).bytes()).isEqualTo(refused.bytes());
    assertThat(refused.status()).isEqualTo("4.00");
  }

  @Test
  void aRepetitionThatIsNotConfirmableIsDeliveredOnceToo() throws Exception {
    RawCoap coap = raw();
    Message request = Message.post(NON, 5, PATH, BATCH);
    coap.send(request);
    await().until(() -> listener.nonCommitted() == 1);
    coap.send(request);
    assertNothingComes(coap);
    assertThat(intake.offers()).hasSize(1);
    assertThat(listener.nonTaken()).isEqualTo(1);
  }

  @Test
  void noMoreIsRememberedThanIsAllowed() throws Exception {
    restart(settings(8, 3, 1 << 20));
    RawCoap coap = raw();
    for (int id = 1; id <= 4; id++) {
      coap.ask(Message.post(CON, id, PATH, BATCH));
    }
    coap.ask(Message.post(CON, 4, PATH, BATCH));
    coap.ask(Message.post(CON, 2, PATH, BATCH));
    assertThat(intake.offers()).hasSize(4);
    coap.ask(Message.post(CON, 1, PATH, BATCH));
    assertThat(intake.offers()).as("forgotten, so delivered again").hasSize(5);
  }

  @Test
  void whatIsInProgressIsNotForgotten() throws Exception {
    restart(settings(8, 3, 1 << 20));
    RawCoap coap = raw();
    intake.hold();
    Message request = Message.post(CON, 1, PATH, BATCH);
    long sent = System.nanoTime();
    coap.send(request);
    await().until(() -> intake.held() == 1);
    for (int id = 2; id <= 10; id++) {
      coap.send(Message.post(CON, id, "elsewhere", BATCH));
      assertThat(answer(coap, request, sent).status()).isEqualTo("4.04");
    }
    coap.send(request);
    assertNoAnswerComes(coap, request, sent);
    assertThat(intake.offers()).hasSize(1);
    intake.release();
    assertThat(answer(coap, request, sent).status()).isEqualTo("2.04");
  }

  @ParameterizedTest
  @CsvSource({
    "UNDECODABLE, 4.00",
    "QOS, 4.00",
    "PROTOCOL, 4.00",
    "CONTENT_TYPE, 4.15",
    "DEVICE_MISMATCH, 4.03",
    "TOPIC, 4.04",
    "TOO_LARGE, 4.13",
    "BUSY, 5.03",
    "FULL, 5.03",
    "NOT_READY, 5.03",
    "WINDOW, 5.03"
  })
  void everyRefusalHasACodeAndSaysWhatToDo(Reason reason, String code) throws Exception {
    intake.outcome(new Outcome.Refused(reason, "what is wrong, and what to do"));
    Message answer = raw().ask(Message.post(CON, 1, PATH, BATCH));
    assertThat(answer.type()).isEqualTo(ACK);
    assertThat(answer.status()).isEqualTo(code);
    assertThat(answer.text()).isEqualTo("what is wrong, and what to do");
    assertThat(answer.option(MAX_AGE)).isEqualTo(code.equals("5.03") ? 7 : -1);
    assertThat(answer.option(SIZE1)).isEqualTo(code.equals("4.13") ? Limits.BATCH_MAX_BYTES : -1);
    assertThat(intake.refused()).as("the intake has counted it").isEmpty();
  }

  private static Outcome.Refused over() {
    return new Outcome.Refused(
        Reason.DEVICE_RATE, "more than it may: send again in 9 s", Duration.ofSeconds(9));
  }

  @Test
  void whoIsOverItsLimitsHearsWhenToComeAgain() throws Exception {
    intake.outcome(over());
    Message answer = raw().ask(Message.post(CON, 1, PATH, BATCH));
    assertThat(answer.status()).isEqualTo("4.29");
    assertThat(answer.option(MAX_AGE)).isEqualTo(9);
    assertThat(answer.text()).isEqualTo("more than it may: send again in 9 s");
    assertThat(intake.refused()).as("the intake has counted it").isEmpty();
  }

  @Test
  void ofWhoIsOverItsLimitsNoBlocksAndNothingUnansweredAreTaken() throws Exception {
    intake.over(over());
    RawCoap coap = raw();
    byte[] payload = new byte[3 * 64 + 10];
    Message answer = coap.ask(block(0, payload, 3));
    assertThat(answer.status()).isEqualTo("4.29");
    assertThat(answer.option(MAX_AGE)).isEqualTo(9);
    assertThat(intake.refused()).containsExactly(Reason.DEVICE_RATE);
    coap.send(Message.post(NON, 3, PATH, BATCH, Option.of(NO_RESPONSE, 26)));
    await().until(() -> listener.nonLost() == 1);
    assertNothingComes(coap);
    assertThat(intake.offers()).isEmpty();
    assertThat(coap.ask(Message.post(CON, 4, PATH, BATCH)).status())
        .as("who can be told is told by the intake")
        .isEqualTo("2.04");
  }

  @Test
  void anOutcomeNobodyKnowsIsToBeSentAgain() throws Exception {
    intake.outcome(new Outcome.Unknown("nobody knows: send again"));
    Message answer = raw().ask(Message.post(CON, 1, PATH, BATCH));
    assertThat(answer.status()).isEqualTo("5.03");
    assertThat(answer.option(MAX_AGE)).isEqualTo(7);
    assertThat(answer.text()).contains("send again");
  }

  @Test
  void diagnosticsAreShort() throws Exception {
    intake.outcome(new Outcome.Refused(Reason.UNDECODABLE, "x".repeat(2_000)));
    assertThat(raw().ask(Message.post(CON, 1, PATH, BATCH)).payload()).hasSize(256);
  }

  @ParameterizedTest
  @CsvSource({
    "devices/d1",
    "devices/d1/telemetry/more",
    "devices/not a device/telemetry",
    "sensors/d1/telemetry",
    ".well-known/core"
  })
  void anotherPathIsNotFound(String path) throws Exception {
    Message answer = raw().ask(Message.post(CON, 1, path, BATCH));
    assertThat(answer.status()).isEqualTo("4.04");
    assertThat(answer.text()).contains("POST telemetry to /devices/{device}/telemetry");
    assertThat(intake.refused()).containsExactly(Reason.TOPIC);
    assertThat(intake.offers()).isEmpty();
  }

  @Test
  void aSlashWithinASegmentIsNone() throws Exception {
    Message request =
        new Message(
            CON,
            RawCoap.POST,
            1,
            new byte[0],
            List.of(new Option(RawCoap.URI_PATH, PATH.getBytes(UTF_8))),
            BATCH);
    assertThat(raw().ask(request).status()).isEqualTo("4.04");
  }

  @ParameterizedTest
  @CsvSource({"1, GET", "3, PUT", "4, DELETE", "5, FETCH"})
  void onlyPostIsAllowed(int method, String name) throws Exception {
    Message answer = raw().ask(Message.post(CON, 1, PATH, BATCH).withCode(method));
    assertThat(answer.status()).as(name).isEqualTo("4.05");
    assertThat(answer.text()).contains("POST");
    assertThat(intake.refused()).containsExactly(Reason.PROTOCOL);
    assertThat(intake.offers()).isEmpty();
  }

  @Test
  void unknownOptionsAreRefusedIfTheyAreCriticalAndIgnoredIfNot() throws Exception {
    RawCoap coap = raw();
    // If-Match, OSCORE, Q-Block1, and one nobody has.
    int id = 0;
    for (int number : new int[] {1, 9, 19, 2_049}) {
      Message answer = coap.ask(Message.post(CON, ++id, PATH, BATCH, Option.of(number, 1)));
      assertThat(answer.status()).as("option %d", number).isEqualTo("4.02");
      assertThat(answer.text()).contains("option " + number);
    }
    // Counted once the answer is on its way.
    await().until(() -> listener.malformed() == 4);
    assertThat(intake.refused()).containsOnly(Reason.PROTOCOL).hasSize(4);
    assertThat(
            coap.ask(
                    Message.post(CON, 10, PATH, BATCH, new Option(35, "coap://x/".getBytes(UTF_8))))
                .status())
        .isEqualTo("5.05");
    assertThat(intake.offers()).isEmpty();
    assertThat(coap.ask(Message.post(CON, 11, PATH, BATCH, Option.of(2_048, 1))).status())
        .isEqualTo("2.04");
    // A Size1 of nine bytes is malformed, and elective.
    assertThat(
            coap.ask(
                    Message.post(
                        CON, 12, PATH, BATCH, new Option(SIZE1, "too large".getBytes(UTF_8))))
                .status())
        .isEqualTo("2.04");
  }

  @Test
  void nonConfirmableIsTakenWithoutPromiseAndCounted() throws Exception {
    RawCoap coap = raw();
    coap.send(Message.post(NON, 1, PATH, BATCH));
    await().until(() -> listener.nonCommitted() == 1);
    assertNothingComes(coap);
    assertThat(intake.offers().get(0).mayRefuse()).isTrue();

    intake.outcome(new Outcome.Refused(Reason.UNDECODABLE, "not a batch"));
    Message refused = coap.ask(Message.post(NON, 2, PATH, BATCH));
    assertThat(refused.type()).isEqualTo(NON);
    assertThat(refused.status()).isEqualTo("4.00");
    assertThat(refused.text()).isEqualTo("not a batch");
    Message misdirected = coap.ask(Message.post(NON, 3, "elsewhere", BATCH));
    assertThat(misdirected.type()).isEqualTo(NON);
    assertThat(misdirected.status()).isEqualTo("4.04");
    assertThat(misdirected.id()).as("ids of their own").isNotEqualTo(refused.id());

    assertThat(listener.nonTaken()).isEqualTo(3);
    assertThat(listener.nonCommitted()).isEqualTo(1);
    assertThat(listener.nonLost()).isEqualTo(2);
    assertThat(listener.inFlight()).isZero();
  }

  @Test
  void noResponseSaysWhatIsWanted() throws Exception {
    RawCoap coap = raw();
    Message everything = coap.ask(Message.post(NON, 1, PATH, BATCH, Option.of(NO_RESPONSE, 0)));
    assertThat(everything.type()).isEqualTo(NON);
    assertThat(everything.status()).isEqualTo("2.04");
    assertThat(intake.offers().get(0).mayRefuse()).isTrue();

    coap.send(Message.post(NON, 2, "elsewhere", BATCH, Option.of(NO_RESPONSE, 26)));
    await().until(() -> listener.nonLost() == 1);
    assertNothingComes(coap);
    coap.send(Message.post(NON, 3, PATH, BATCH, Option.of(NO_RESPONSE, 26)));
    await().until(() -> listener.nonCommitted() == 2);
    assertThat(intake.offers().get(1).mayRefuse())
        .as("who does not want to hear of it cannot be told")
        .isFalse();

    Message confirmed = coap.ask(Message.post(CON, 4, PATH, BATCH, Option.of(NO_RESPONSE, 26)));
    assertThat(confirmed.type()).as("the acknowledgement is the promise").isEqualTo(ACK);
    assertThat(confirmed.status()).isEqualTo("2.04");
    assertNothingComes(coap);
  }

  @Test
  void californiumSendsALargeBatchInBlocks() throws Exception {
    byte[] large = Batches.large("d1", 60, 4_000);
    assertThat(large.length).isBetween(200_000, Limits.BATCH_MAX_BYTES);
    CoapResponse response = californium().post(uri(PATH), PayloadType.BATCH.contentFormat(), large);
    assertThat(response.getCode()).isEqualTo(ResponseCode.CHANGED);
    assertThat(intake.offers()).hasSize(1);
    assertThat(intake.offers().get(0).delivery().payload()).isEqualTo(large);
    assertThat(intake.offers().get(0).type()).isEqualTo(PayloadType.BATCH);
  }

  @Test
  void californiumHearsThatAPayloadIsTooLarge() throws Exception {
    CoapResponse response =
        californium().post(uri(PATH), null, new byte[Limits.BATCH_MAX_BYTES + 1]);
    assertThat(response.getCode()).isEqualTo(ResponseCode.REQUEST_ENTITY_TOO_LARGE);
    assertThat(response.getResponseText()).contains("262144 bytes");
    assertThat(response.advanced().getOptions().getSize1()).isEqualTo(Limits.BATCH_MAX_BYTES);
    assertThat(intake.refused()).contains(Reason.TOO_LARGE);
    assertThat(intake.offers()).isEmpty();
  }

  @Test
  void aBatchInOneLargeDatagramIsTaken() throws Exception {
    byte[] batch = Batches.large("d1", 10, 4_000);
    assertThat(raw().ask(Message.post(CON, 1, PATH, batch)).status()).isEqualTo("2.04");
    assertThat(intake.offers().get(0).delivery().payload()).isEqualTo(batch);
  }

  @Test
  void blocksArePutTogetherForEveryDeviceByItself() throws Exception {
    RawCoap one = raw();
    RawCoap two = raw();
    byte[] payload = Batches.readings("d1", 0, 100);
    int last = (payload.length - 1) / 64;
    for (int num = 0; num < last; num++) {
      for (RawCoap coap : List.of(one, two)) {
        Message answer = coap.ask(block(num, payload, last));
        assertThat(answer.status()).isEqualTo("2.31");
        assertThat(answer.option(BLOCK1)).isEqualTo(num << 4 | 8 | 2);
      }
    }
    assertThat(intake.offers()).isEmpty();
    for (RawCoap coap : List.of(one, two)) {
      Message answer = coap.ask(block(last, payload, last));
      assertThat(answer.status()).isEqualTo("2.04");
      assertThat(answer.option(BLOCK1)).isEqualTo(last << 4 | 2);
      assertThat(coap.ask(block(last, payload, last)).bytes())
          .as("a repetition")
          .isEqualTo(answer.bytes());
    }
    assertThat(intake.offers()).hasSize(2);
    assertThat(intake.offers().get(1).delivery().payload()).isEqualTo(payload);
  }

  /** A block of 64 bytes. */
  private static Message block(int num, byte[] payload, int last) {
    return Message.post(
        CON,
        100 + num,
        PATH,
        Arrays.copyOfRange(payload, num * 64, Math.min(payload.length, num * 64 + 64)),
        Option.block1(num, num < last, 2));
  }

  @Test
  void blocksThatDoNotFitAreSaidToBeIncomplete() throws Exception {
    RawCoap coap = raw();
    byte[] payload = new byte[64 * 4];
    assertThat(coap.ask(block(0, payload, 3)).status()).isEqualTo("2.31");
    Message gap = coap.ask(block(2, payload, 3));
    assertThat(gap.status()).isEqualTo("4.08");
    assertThat(gap.text()).contains("first block");
    assertThat(coap.ask(block(1, payload, 3)).status()).as("given up").isEqualTo("4.08");
    assertThat(intake.refused()).containsExactly(Reason.PROTOCOL, Reason.PROTOCOL);
    assertThat(intake.offers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "UNREADY, NOT_READY, 'cannot commit now: send again, to another gateway or later'",
    "FULL, FULL, 'log is full: send again later'"
  })
  void blocksThatCannotBeCommittedNeedNotAllBeSent(Readiness readiness, Reason reason, String text)
      throws Exception {
    RawCoap coap = raw();
    byte[] payload = new byte[3 * 64 + 10];
    assertThat(coap.ask(block(0, payload, 3)).status()).isEqualTo("2.31");
    intake.readiness(readiness);
    assertThat(coap.ask(block(1, payload, 3)).status()).as("goes on").isEqualTo("2.31");
    Message answer = raw().ask(block(0, payload, 3));
    assertThat(answer.status()).isEqualTo("5.03");
    assertThat(answer.option(MAX_AGE)).isEqualTo(7);
    assertThat(answer.text()).endsWith(text);
    assertThat(intake.refused()).containsExactly(reason);
    intake.readiness(Readiness.READY);
    assertThat(raw().ask(block(0, payload, 3)).status()).isEqualTo("2.31");
  }

  @Test
  void aBlockLargerThanItSaysIsRefused() throws Exception {
    Message answer = raw().ask(Message.post(CON, 1, PATH, new byte[65], Option.block1(0, true, 2)));
    assertThat(answer.status()).isEqualTo("4.00");
    assertThat(intake.refused()).containsExactly(Reason.PROTOCOL);
  }

  @Test
  void anAnnouncedPayloadThatIsTooLargeIsRefusedAtOnce() throws Exception {
    Message answer =
        raw()
            .ask(
                Message.post(
                    CON,
                    1,
                    PATH,
                    new byte[64],
                    Option.block1(0, true, 2),
                    Option.of(SIZE1, Limits.BATCH_MAX_BYTES + 1)));
    assertThat(answer.status()).isEqualTo("4.13");
    assertThat(answer.option(SIZE1)).isEqualTo(Limits.BATCH_MAX_BYTES);
    assertThat(intake.refused()).containsExactly(Reason.TOO_LARGE);
  }

  @Test
  void incompletePayloadsHaveABound() throws Exception {
    restart(settings(8, 5_000, 2_000));
    byte[] payload = new byte[64 * 3];
    RawCoap slow = raw();
    assertThat(slow.ask(block(0, payload, 2)).status()).isEqualTo("2.31");
    for (int i = 0; i < 5; i++) {
      assertThat(raw().ask(block(0, payload, 2)).status()).isEqualTo("2.31");
    }
    assertThat(slow.ask(block(1, payload, 2)).status()).isEqualTo("4.08");
  }

  @Test
  void requestsInFlightHaveABound() throws Exception {
    RawCoap coap = raw();
    intake.hold();
    for (int id = 1; id <= 8; id++) {
      coap.send(Message.post(CON, id, PATH, BATCH));
    }
    await().until(() -> intake.held() == 8);
    RawCoap other = raw();
    Message answer = other.ask(Message.post(CON, 9, PATH, BATCH));
    assertThat(answer.status()).isEqualTo("5.03");
    assertThat(answer.option(MAX_AGE)).isEqualTo(7);
    assertThat(answer.text()).contains("8 requests");
    assertThat(intake.refused()).containsExactly(Reason.BUSY);
    intake.release();
    await().until(() -> listener.inFlight() == 0);
    assertThat(other.ask(Message.post(CON, 10, PATH, BATCH)).status()).isEqualTo("2.04");
  }

  @Test
  void anAddressHasABoundOfItsOwn() throws Exception {
    restart(limited(8, 5_000, 1 << 20, 2, 100_000, 256 << 10));
    intake.hold();
    RawCoap coap = raw();
    coap.send(Message.post(CON, 1, PATH, BATCH));
    coap.send(Message.post(CON, 2, PATH, BATCH));
    await().until(() -> intake.held() == 2);
    Message answer = raw().ask(Message.post(CON, 3, PATH, BATCH));
    assertThat(answer.status()).isEqualTo("5.03");
    assertThat(answer.option(MAX_AGE)).isEqualTo(7);
    assertThat(answer.text()).contains("2 requests", "tidemark.coap.in-flight-per-address-max");
    intake.release();
    await().until(() -> listener.inFlight() == 0);
    assertThat(raw().ask(Message.post(CON, 4, PATH, BATCH)).status()).isEqualTo("2.04");
  }

  @Test
  void whoseAddressSendsTooFastIsToldToWait() throws Exception {
    restart(limited(8, 5_000, 1 << 20, 8, 3, 256 << 10));
    RawCoap coap = raw();
    List<Message> answers = new ArrayList<>();
    await().until(() -> answered(coap, answers).equals("4.29"));
    assertThat(answers.get(0).status()).isEqualTo("2.04");
    Message later = answers.get(answers.size() - 1);
    assertThat(later.option(MAX_AGE)).isEqualTo(1);
    assertThat(later.text())
        .contains("3 requests a second", "tidemark.coap.messages-per-second-per-address-max");
    assertThat(intake.refused()).contains(Reason.RATE);
    await().until(() -> answered(coap, answers).equals("2.04"));
  }

  /** What the next request is told; nothing if that is discarded. */
  private static String answered(RawCoap coap, List<Message> answers) throws IOException {
    coap.send(Message.post(CON, answers.size() + 1, PATH, BATCH));
    Message answer = coap.read(500);
    if (answer == null) {
      return "";
    }
    answers.add(answer);
    return answer.status();
  }

  @Test
  void whoseAddressSendsMuchTooFastHearsNothing() throws Exception {
    restart(limited(8, 5_000, 1 << 20, 8, 3, 256 << 10));
    RawCoap coap = raw();
    Message request = Message.post(CON, 1, PATH, BATCH);
    assertThat(coap.ask(request).status()).isEqualTo("2.04");
    int sent = 40;
    for (int i = 0; i < sent; i++) {
      coap.send(request);
    }
    int[] answers = {0};
    await()
        .until(
            () -> {
              answers[0] += coap.read(100) == null ? 0 : 1;
              return answers[0] + listener.tooFast() == sent;
            });
    assertThat(listener.tooFast()).as("though each is a repetition").isPositive();
    assertThat(intake.offers()).hasSize(1);
  }

  @Test
  void thePayloadsBoundIsASetting() throws Exception {
    restart(limited(8, 5_000, 1 << 20, 8, 100, 20_000));
    assertThat(raw().ask(Message.post(CON, 1, PATH, new byte[20_000])).status()).isEqualTo("2.04");
    Message large = raw().ask(Message.post(CON, 2, PATH, new byte[20_001]));
    assertThat(large.status()).isEqualTo("4.13");
    assertThat(large.option(SIZE1)).isEqualTo(20_000);
    Message announced =
        raw()
            .ask(
                Message.post(
                    CON,
                    3,
                    PATH,
                    new byte[16],
                    Option.block1(0, true, 0),
                    Option.of(SIZE1, 20_001)));
    assertThat(announced.status()).isEqualTo("4.13");
    assertThat(announced.text()).contains("20000 bytes");
  }

  @Test
  void lateAnswersHaveABoundAndAreThenSentOnce() throws Exception {
    restart(settings(1, 5_000, 1 << 20));
    RawCoap coap = raw();
    assertThat(lateAnswer(coap, 1).type()).isEqualTo(CON);
    RawCoap other = raw();
    Message once = lateAnswer(other, 2);
    assertThat(once.type()).isEqualTo(NON);
    assertThat(once.status()).isEqualTo("2.04");
    assertThat(listener.late()).isEqualTo(1);
  }

  private Message lateAnswer(RawCoap coap, int id) throws IOException {
    intake.hold();
    Message empty = coap.ask(Message.post(CON, id, PATH, BATCH));
    assertThat(empty.code()).isEqualTo(EMPTY);
    intake.release();
    return coap.read();
  }

  @Test
  void drainingFinishesWhatWasTaken() throws Exception {
    RawCoap coap = raw();
    intake.hold();
    Message request = Message.post(CON, 1, PATH, BATCH);
    long sent = System.nanoTime();
    coap.send(request);
    await().until(() -> intake.held() == 1);
    Thread stopping = new Thread(this::drain);
    stopping.start();
    await().until(() -> !listener.listening());
    Message refused = raw().ask(Message.post(CON, 2, PATH, BATCH));
    assertThat(refused.status()).isEqualTo("5.03");
    assertThat(refused.text()).contains("stopping");
    assertThat(intake.refused()).containsExactly(Reason.NOT_READY);
    assertThat(stopping.isAlive()).isTrue();
    intake.release();
    assertThat(answer(coap, request, sent).status()).isEqualTo("2.04");
    stopping.join(20_000);
    assertThat(stopping.isAlive()).isFalse();
    assertThat(listener.inFlight()).isZero();
  }

  private void drain() {
    try {
      listener.drain();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPortInUseIsSaid() throws Exception {
    try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
      CoapListener other =
          listener(
              new CoapSettings(
                  "127.0.0.1",
                  taken.getLocalPort(),
                  0,
                  true,
                  100,
                  100,
                  8,
                  Duration.ofSeconds(7),
                  5_000,
                  1 << 20,
                  8,
                  100,
                  256 << 10));
      assertThatThrownBy(other::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("tidemark.coap.port");
      assertThat(other.listening()).isFalse();
    }
  }

  @Test
  void noConfigurationIsWritten() {
    assertThat(Files.exists(Path.of("Californium3.properties"))).isFalse();
  }

  @Test
  void aClosedListenerIsGoneAndItsPortFree() throws Exception {
    int port = listener.port();
    assertThat(listener.listening()).isTrue();
    listener.close();
    assertThat(listener.listening()).isFalse();
    assertThat(listener.port()).isEqualTo(-1);
    try (DatagramSocket free = new DatagramSocket(port, InetAddress.getByName("127.0.0.1"))) {
      assertThat(free.getLocalPort()).isEqualTo(port);
    }
  }

  @Test
  void whatTheKernelDropsIsCounted() throws Exception {
    intake.block();
    try (RawCoap flood = raw()) {
      byte[] datagram = Message.post(NON, 1, PATH, new byte[50_000]).bytes();
      await()
          .until(
              () -> {
                for (int i = 0; i < 20; i++) {
                  flood.raw(datagram);
                }
                return listener.dropped() > 0;
              });
    } finally {
      intake.unblock();
    }
    List<Message> answers = new ArrayList<>();
    RawCoap coap = raw();
    await().until(() -> answered(coap, answers).equals("2.04"));
  }

  @Test
  void pingsAreAnswered() throws Exception {
    assertNothingComes(raw());
  }

  @Test
  void hostileDatagramsNeitherBreakItNorStopGoodDevices() throws Exception {
    Random random = new Random(20261125);
    byte[] valid =
        Message.post(
                CON,
                1,
                PATH,
                BATCH,
                Option.of(CONTENT_FORMAT, 65_001),
                Option.block1(0, false, 6),
                Option.of(NO_RESPONSE, 2))
            .bytes();
    List<byte[]> hostile = new ArrayList<>();
    for (int length = 0; length < valid.length; length++) {
      hostile.add(Arrays.copyOf(valid, length));
    }
    for (int bit = 0; bit < valid.length * 8; bit++) {
      byte[] flipped = valid.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      hostile.add(flipped);
    }
    for (int i = 0; i < 3_000; i++) {
      byte[] bytes = new byte[random.nextInt(i % 50 == 0 ? 3_000 : 80)];
      random.nextBytes(bytes);
      if (bytes.length > 3 && i % 2 == 0) {
        // Version 1, a short token, a request's code, and nonsense behind.
        bytes[0] = (byte) (0x40 | random.nextInt(4) << 4 | random.nextInt(3));
        bytes[1] = (byte) random.nextInt(8);
      }
      hostile.add(bytes);
    }
    RawCoap good = raw();
    LogLines lines = new LogLines("org.eclipse.californium");
    LoggerFactory.getLogger("org.eclipse.californium.core").error("a line");
    assertThat(lines.shown()).as("it would be seen").hasSize(1);
    lines.clear();
    try (RawCoap attacker = raw();
        lines) {
      int id = 0;
      for (int i = 0; i < hostile.size(); i++) {
        attacker.raw(hostile.get(i));
        if (i % 50 == 0) {
          Message answer = good.ask(Message.post(CON, ++id, PATH, Batches.readings("d1", id, 1)));
          assertThat(answer.status()).isEqualTo("2.04");
        }
      }
    }
    await().until(() -> listener.inFlight() == 0);
    assertThat(listener.malformed()).isPositive();
    assertThat(good.ask(Message.post(CON, 30_000, PATH, BATCH)).status()).isEqualTo("2.04");
    assertThat(lines.shown()).as("what strangers send is no line in the log").isEmpty();
  }
}
