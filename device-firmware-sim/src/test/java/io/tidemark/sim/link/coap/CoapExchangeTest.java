package io.tidemark.sim.link.coap;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.nio.NioEventLoopGroup;
import io.tidemark.sim.link.Heard;
import io.tidemark.sim.link.Heard.Event;
import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.Outcome.Verdict;
import io.tidemark.sim.link.coap.CoapMessage.Type;
import io.tidemark.wire.PayloadType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Message by message, against a socket that says what no well-behaved server would. */
@Timeout(60)
@NullUnmarked
class CoapExchangeTest {
  private static final byte[] NOTHING = {};

  /** Sends again after 100 to 150 ms, then twice as long, and a third time. */
  private static final CoapTimes HASTY =
      new CoapTimes(Duration.ofMillis(100), 1.5, 2, Duration.ofMillis(400));

  /** Never sends again while a test lasts. */
  private static final CoapTimes PATIENT =
      new CoapTimes(Duration.ofSeconds(120), 1.5, 2, Duration.ofSeconds(120));

  private final NioEventLoopGroup loops = new NioEventLoopGroup(1);
  private final Heard heard = new Heard();
  private DatagramSocket socket;
  private SocketAddress device;

  @BeforeEach
  void open() throws Exception {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    socket.setSoTimeout(30_000);
  }

  @AfterEach
  void close() throws Exception {
    socket.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
  }

  @Test
  void theRequestIsWhatTheGatewayWantsAndAnAcknowledgementMayAnswerIt() throws Exception {
    int id = send(connect(PATIENT), new byte[] {1, 2, 3});
    CoapMessage post = receive();
    assertThat(post.type()).isEqualTo(Type.CON);
    assertThat(post.code()).isEqualTo(CoapMessage.POST);
    assertThat(post.token()).hasSize(8);
    assertThat(post.payload()).containsExactly(1, 2, 3);
    assertThat(post.options())
        .extracting(
            option ->
                option.number() + " " + new String(option.value(), StandardCharsets.ISO_8859_1))
        .containsExactly("11 devices", "11 dev-1", "11 telemetry", "12 \u00fd\u00e9");
    answer(Type.ACK, 0x44, post.id(), post.token());
    assertAccepted(id);
  }

  @Test
  void aMessageIsSentAgainAsItIsUntilItIsGivenUp() throws Exception {
    send(connect(HASTY), new byte[] {1});
    byte[] first = receiveBytes();
    assertThat(receiveBytes()).isEqualTo(first);
    assertThat(receiveBytes()).isEqualTo(first);
    assertThat(heard.next(Event.Lost.class).why()).contains("though sent 3 times");
  }

  @Test
  void anEmptyAcknowledgementEndsTheRetransmissionsAndPromisesNothing() throws Exception {
    CoapTimes times =
        new CoapTimes(Duration.ofSeconds(120), 1.5, 2, Duration.ofMillis(400)); // to respond
    send(connect(times), new byte[] {1});
    CoapMessage post = receive();
    transmit(CoapMessage.empty(Type.ACK, post.id()));
    transmit(CoapMessage.empty(Type.ACK, post.id()));
    assertThat(heard.next(Event.Lost.class).why()).contains("not answered within");
    assertNothingMore();
  }

  @Test
  void aResponseByItselfIsAcknowledgedAsOftenAsItComes() throws Exception {
    Link link = connect(PATIENT);
    int id = send(link, new byte[] {1});
    CoapMessage post = receive();
    transmit(CoapMessage.empty(Type.ACK, post.id()));
    for (int i = 0; i < 3; i++) {
      answer(Type.CON, 0x44, 900, post.token());
      assertThat(receive()).usingRecursiveComparison().isEqualTo(CoapMessage.empty(Type.ACK, 900));
    }
    assertAccepted(id);

    // Also while the next is on its way, which it does not answer.
    int next = send(link, new byte[] {2});
    CoapMessage second = receive();
    assertThat(second.id()).isEqualTo((post.id() + 1) & 0xFFFF);
    assertThat(second.token()).isNotEqualTo(post.token());
    answer(Type.CON, 0x44, 900, post.token());
    assertThat(receive()).usingRecursiveComparison().isEqualTo(CoapMessage.empty(Type.ACK, 900));
    answer(Type.NON, 0x44, 901, second.token()); // even before its acknowledgement
    assertAccepted(next);
  }

  @Test
  void whatIsNotKnownIsRejected() throws Exception {
    send(connect(PATIENT), new byte[] {1});
    CoapMessage post = receive();
    answer(Type.CON, 0x44, 900, new byte[] {9}); // a response to nobody
    assertReset(900);
    transmit(CoapMessage.empty(Type.CON, 901)); // a ping
    assertReset(901);
    answer(Type.CON, 0x01, 902, post.token()); // a request
    assertReset(902);
    transmitBytes(new byte[] {0x49, 0x44, 3, (byte) 0x87, 0}); // no message, but confirmable
    assertReset(0x387);
    CoapOption critical = CoapOption.uint(9, 1);
    transmit(new CoapMessage(Type.CON, 0x44, 904, post.token(), List.of(critical), NOTHING));
    assertReset(904);
    assertThat(heard.unasked()).isZero();
  }

  @Test
  void whatAnswersNothingIsIgnored() throws Exception {
    int id = send(connect(PATIENT), new byte[] {1});
    CoapMessage post = receive();
    int other = (post.id() + 1) & 0xFFFF;
    answer(Type.ACK, 0x44, other, post.token());
    transmit(CoapMessage.empty(Type.ACK, other));
    transmit(CoapMessage.empty(Type.RST, other));
    answer(Type.NON, 0x44, 900, new byte[] {9});
    answer(Type.ACK, 0x44, post.id(), NOTHING);
    CoapOption critical = CoapOption.uint(9, 1);
    transmit(new CoapMessage(Type.ACK, 0x44, post.id(), post.token(), List.of(critical), NOTHING));
    transmitBytes(new byte[] {(byte) 0xC0, 0, 0, 0});
    transmitBytes(NOTHING);
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] garbage = new byte[random.nextInt(100)];
      random.nextBytes(garbage);
      if (garbage.length > 0) {
        garbage[0] = (byte) ((garbage[0] & 0x0F) | 0x50); // not confirmable: nothing to answer
      }
      transmitBytes(garbage);
      if (i % 20 == 0) { // no faster than it is read
        transmit(CoapMessage.empty(Type.CON, i));
        assertReset(i);
      }
    }
    answer(Type.ACK, 0x44, post.id(), post.token());
    assertAccepted(id);
    assertThat(heard.unasked()).isZero();
  }

  @Test
  void anAnswerThatIsRememberedForAnotherTokenLeadsToANewMessageId() throws Exception {
    CoapTimes times = new CoapTimes(Duration.ofMillis(100), 1.5, 8, Duration.ofSeconds(120));
    int id = send(connect(times), new byte[] {1});
    CoapMessage post = receive();
    answer(Type.ACK, 0x44, post.id(), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    CoapMessage again = receive();
    while (again.id() == post.id()) {
      again = receive(); // was on its way
    }
    assertThat(again.token()).isEqualTo(post.token());
    answer(Type.ACK, 0x44, again.id(), again.token());
    assertAccepted(id);
  }

  @Test
  void aResetEndsIt() throws Exception {
    send(connect(PATIENT), new byte[] {1});
    transmit(CoapMessage.empty(Type.RST, receive().id()));
    assertThat(heard.next(Event.Lost.class).why()).contains("rejects");
  }

  @Test
  void codesMeanWhatTheyMeanToAnAgent() throws Exception {
    Link link = connect(PATIENT);
    for (int code : new int[] {0x80, 0x83, 0x8D, 0x8F}) {
      assertThat(answered(link, code)).isEqualTo(Verdict.REFUSED);
    }
    for (int code : new int[] {0x81, 0x88, 0x9D, 0xA0, 0xA4}) {
      assertThat(answered(link, code)).isEqualTo(Verdict.LATER);
    }
    assertThat(answered(link, 0xA3)).isEqualTo(Verdict.ELSEWHERE);
  }

  @Test
  void whoAnswersOtherwiseIsNoGateway() throws Exception {
    for (int code : new int[] {0x41, 0x45, 0x5F, 0x82, 0x84, 0x85}) {
      send(connect(PATIENT), new byte[] {1});
      CoapMessage post = receive();
      answer(Type.ACK, code, post.id(), post.token());
      assertThat(heard.next(Event.Lost.class).why()).contains("no gateway's answer");
    }
  }

  private Verdict answered(Link link, int code) throws Exception {
    send(link, new byte[] {1});
    CoapMessage post = receive();
    answer(Type.ACK, code, post.id(), post.token());
    return heard.next(Event.Settled.class).outcome().verdict();
  }

  @Test
  void maxAgeIsThePauseThatIsAskedFor() throws Exception {
    Link link = connect(PATIENT);
    for (long seconds : new long[] {0, 7, 0xFFFFFFFFL}) {
      send(link, new byte[] {1});
      CoapMessage post = receive();
      CoapOption maxAge = CoapOption.uint(CoapOption.MAX_AGE, seconds);
      transmit(
          new CoapMessage(
              Type.ACK, 0xA3, post.id(), post.token(), List.of(maxAge), new byte[1_000]));
      Event.Settled settled = heard.next(Event.Settled.class);
      assertThat(settled.outcome().pause()).isEqualTo(Duration.ofSeconds(seconds));
      assertThat(settled.outcome().code()).isEqualTo("5.03");
      assertThat(settled.outcome().reason()).hasSize(203); // cut
    }
  }

  @Test
  void blocksFollowOneAnotherAndBecomeSmallerWhenAskedTo() throws Exception {
    byte[] payload = new byte[3_000];
    new Random(3).nextBytes(payload);
    int id = send(connect(PATIENT), payload);
    ByteArrayOutputStream arrived = new ByteArrayOutputStream();
    List<String> blocks = new ArrayList<>();
    while (arrived.size() < payload.length) {
      CoapMessage block = receive();
      long option = block.option(CoapOption.BLOCK1).uint();
      blocks.add("%d/%d/%d".formatted(option >> 4, (option >> 3) & 1, 16 << (option & 7)));
      arrived.write(block.payload());
      CoapOption size = block.option(CoapOption.SIZE1);
      assertThat(size != null && size.uint() == payload.length).isEqualTo(blocks.size() == 1);
      boolean last = arrived.size() == payload.length;
      long smaller = (option & ~7) | 5; // 512 bytes
      transmit(
          new CoapMessage(
              Type.ACK,
              last ? 0x44 : 0x5F,
              block.id(),
              block.token(),
              List.of(CoapOption.uint(CoapOption.BLOCK1, smaller)),
              NOTHING));
    }
    assertThat(blocks).containsExactly("0/1/1024", "2/1/512", "3/1/512", "4/1/512", "5/0/512");
    assertThat(arrived.toByteArray()).isEqualTo(payload);
    assertAccepted(id);
    assertThat(heard.advances()).isEqualTo(4);
  }

  @Test
  void whatIsTooLargeInABlockIsSentInSmallerOnes() throws Exception {
    for (int length : new int[] {3_000, 1_000}) {
      int id = send(connect(PATIENT), new byte[length]);
      CoapMessage whole = receive();
      CoapOption smaller = CoapOption.uint(CoapOption.BLOCK1, 5); // 512 bytes
      transmit(
          new CoapMessage(Type.ACK, 0x8D, whole.id(), whole.token(), List.of(smaller), NOTHING));
      CoapMessage first = receive();
      assertThat(first.payload()).hasSize(512);
      assertThat(first.option(CoapOption.BLOCK1).uint()).isEqualTo(8 | 5);
      // No smaller ones are asked for: it is the payload.
      transmit(
          new CoapMessage(Type.ACK, 0x8D, first.id(), first.token(), List.of(smaller), NOTHING));
      Event.Settled settled = heard.next(Event.Settled.class);
      assertThat(settled.id()).isEqualTo(id);
      assertThat(settled.outcome().code()).isEqualTo("4.13");
    }
  }

  @Test
  void aSuccessThatIsNotAboutAllOfThePayloadIsNone() throws Exception {
    for (CoapMessage.Type type : List.of(Type.ACK, Type.NON)) {
      for (int code : new int[] {0x44, 0x5F}) {
        for (List<CoapOption> options :
            List.of(
                List.<CoapOption>of(), // knows nothing of blocks
                List.of(CoapOption.uint(CoapOption.BLOCK1, (7 << 4) | 8 | 6)), // of another block
                List.of(CoapOption.uint(CoapOption.BLOCK1, 8 | 7)), // reserved size
                List.of(new CoapOption(CoapOption.BLOCK1, new byte[9])))) {
          send(connect(PATIENT), new byte[3_000]);
          CoapMessage post = receive();
          transmit(new CoapMessage(type, code, post.id(), post.token(), options, NOTHING));
          assertThat(heard.next(Event.Lost.class).why()).contains("no gateway's answer");
        }
      }
    }
    // Nor is a success to the first block, though it names it.
    send(connect(PATIENT), new byte[3_000]);
    CoapMessage post = receive();
    CoapOption first = CoapOption.uint(CoapOption.BLOCK1, 6);
    transmit(new CoapMessage(Type.ACK, 0x44, post.id(), post.token(), List.of(first), NOTHING));
    assertThat(heard.next(Event.Lost.class).why()).contains("no gateway's answer");
  }

  private Link connect(CoapTimes times) throws Exception {
    URI gateway = URI.create("coap://127.0.0.1:" + socket.getLocalPort());
    new CoapClient(times, null)
        .connect(
            loops.next(), gateway, "dev-1", Duration.ofSeconds(30), new SplittableRandom(1), heard);
    CoapMessage ping = receive();
    assertThat(ping).usingRecursiveComparison().isEqualTo(CoapMessage.empty(Type.CON, ping.id()));
    transmit(CoapMessage.empty(Type.RST, ping.id()));
    return heard.next(Event.Connected.class).link();
  }

  private int send(Link link, byte[] payload) throws Exception {
    return loops
        .next()
        .submit(() -> link.send(payload, PayloadType.BATCH))
        .get(30, TimeUnit.SECONDS);
  }

  private byte[] receiveBytes() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[4_096], 4_096);
    socket.receive(packet);
    device = packet.getSocketAddress();
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  private CoapMessage receive() throws Exception {
    return CoapCodec.decode(receiveBytes());
  }

  private void answer(Type type, int code, int id, byte[] token) throws IOException {
    transmit(new CoapMessage(type, code, id, token, List.of(), NOTHING));
  }

  private void transmit(CoapMessage message) throws IOException {
    transmitBytes(CoapCodec.encode(message));
  }

  private void transmitBytes(byte[] datagram) throws IOException {
    socket.send(new DatagramPacket(datagram, datagram.length, device));
  }

  private void assertReset(int id) throws Exception {
    assertThat(receive()).usingRecursiveComparison().isEqualTo(CoapMessage.empty(Type.RST, id));
  }

  private void assertAccepted(int id) throws Exception {
    Event.Settled settled = heard.next(Event.Settled.class);
    assertThat(settled.id()).isEqualTo(id);
    assertThat(settled.outcome().verdict()).isEqualTo(Verdict.ACCEPTED);
    assertThat(settled.outcome().code()).isEqualTo("2.04");
  }

  /** The link has ended, so whatever it sent is there already. */
  private void assertNothingMore() throws IOException {
    socket.setSoTimeout(1);
    org.assertj.core.api.Assertions.assertThatThrownBy(this::receiveBytes)
        .isInstanceOf(java.net.SocketTimeoutException.class);
  }
}
