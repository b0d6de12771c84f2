package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ForwardCodecTest {
  private static final ForwardRequest REQUEST =
      new ForwardRequest(
          "g1",
          77,
          70,
          9,
          List.of("g1", "g2", "g3"),
          "g2",
          false,
          List.of(
              new LogEntry(
                  "g1",
                  1_790_000_000_000_000_000L,
                  List.of(new Delivery("d:1", new byte[] {1, 2, 3}))),
              new LogEntry(
                  "g2",
                  -1,
                  List.of(
                      new Delivery("d", new byte[0]),
                      Delivery.withProblem("e", new byte[] {4}, "not JSON"),
                      Delivery.ofWill("f", "tele/f/LWT", new byte[] {5, 6})))));

  @Test
  void aRequestComesBack() throws WireFormatException {
    ForwardRequest decoded = ForwardCodec.decodeRequest(ForwardCodec.encodeRequest(REQUEST));

    assertThat(decoded).usingRecursiveComparison().isEqualTo(REQUEST);
  }

  @Test
  void anEntryComesBack() throws WireFormatException {
    LogEntry entry = REQUEST.entries().get(1);

    assertThat(ForwardCodec.decodeEntry(ForwardCodec.encodeEntry(entry)))
        .usingRecursiveComparison()
        .isEqualTo(entry);
  }

  @Test
  void aHeartbeatHasNoEntries() throws WireFormatException {
    ForwardRequest heartbeat = new ForwardRequest("g1", 0, 0, 0, List.of());

    assertThat(ForwardCodec.decodeRequest(ForwardCodec.encodeRequest(heartbeat)))
        .isEqualTo(heartbeat);
  }

  @Test
  void moreGroupsThanAClusterHasAreRefused() throws WireFormatException {
    List<String> names = IntStream.range(0, 65).mapToObj(i -> "g" + i).toList();
    byte[] most =
        ForwardCodec.encodeRequest(
            new ForwardRequest("g1", 0, 0, 0, names.subList(0, 64), "", false, List.of()));
    assertThat(ForwardCodec.decodeRequest(most).groups()).hasSize(64);
    byte[] more =
        ForwardCodec.encodeRequest(new ForwardRequest("g1", 0, 0, 0, names, "", false, List.of()));
    assertThatThrownBy(() -> ForwardCodec.decodeRequest(more))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("more than 64 groups");
  }

  private static ForwardRequest ended(long committed, long forwarded, List<LogEntry> entries) {
    return new ForwardRequest(
        "g4", committed, forwarded, 9, List.of("g1", "g4"), "g1", true, entries);
  }

  @Test
  void anEndedGroupIsOneMoreField() throws Exception {
    byte[] bytes = ForwardCodec.encodeRequest(ended(77, 77, List.of()));

    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "0801"
                + "12026734"
                + "184d"
                + "204d"
                + "2809"
                + "3a0267313a026734"
                + "42026731"
                + "4801");
    assertThat(ForwardCodec.decodeRequest(bytes)).isEqualTo(ended(77, 77, List.of()));
    io.tidemark.wire.generated.ForwardRequest proto =
        io.tidemark.wire.generated.ForwardRequest.parseFrom(bytes);
    assertThat(proto.getEnded()).isTrue();
    assertThat(proto.toByteArray()).isEqualTo(bytes);
    assertThat(ForwardCodec.decodeRequest(Arrays.copyOf(bytes, bytes.length - 2)).ended())
        .as("as those say who do not know of it")
        .isFalse();
  }

  @Test
  void aGroupThatHasSomethingToForwardIsNotEnded() {
    List<LogEntry> entries = REQUEST.entries();
    assertThatThrownBy(() -> ended(77, 76, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("group g4 is said to be ended, but has forwarded 76 of 77");
    assertThatThrownBy(() -> ended(77, 77, entries))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 2 entries");
    List<byte[]> encoded = entries.stream().map(ForwardCodec::encodeEntry).toList();
    assertThatThrownBy(() -> ForwardCodec.encodeRequest(ended(77, 77, List.of()), encoded))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 2 entries");

    byte[] ended = {0x48, 1};
    for (ForwardRequest other : List.of(REQUEST, new ForwardRequest("g4", 77, 76, 9, List.of()))) {
      byte[] bytes = ForwardCodec.encodeRequest(other);
      byte[] nonsense = Arrays.copyOf(bytes, bytes.length + ended.length);
      System.arraycopy(ended, 0, nonsense, bytes.length, ended.length);
      assertThatThrownBy(() -> ForwardCodec.decodeRequest(nonsense))
          .isInstanceOf(WireFormatException.class)
          .hasMessageContaining("is said to be ended");
    }
  }

  @Test
  void aLongProblemIsCutAndComesBack() throws WireFormatException {
    Delivery delivery = Delivery.withProblem("d", new byte[] {1}, "\u6e29".repeat(2_000));
    LogEntry entry = new LogEntry("g1", 1, List.of(delivery));

    assertThat(ForwardCodec.decodeEntry(ForwardCodec.encodeEntry(entry)))
        .usingRecursiveComparison()
        .isEqualTo(entry);
    assertThat(delivery.problem()).hasSize(Delivery.PROBLEM_MAX_CHARS);
  }

  @Test
  void anotherVersionIsRefused() {
    byte[] bytes = ForwardCodec.encodeRequest(REQUEST);
    bytes[1] = 2;

    assertThatThrownBy(() -> ForwardCodec.decodeRequest(bytes))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("version is 2");
  }

  @Test
  void protobufReadsTheSame() throws Exception {
    io.tidemark.wire.generated.ForwardRequest proto =
        io.tidemark.wire.generated.ForwardRequest.parseFrom(ForwardCodec.encodeRequest(REQUEST));

    assertThat(proto.getGroup()).isEqualTo("g1");
    assertThat(proto.getCommittedIndex()).isEqualTo(77);
    assertThat(proto.getForwardedIndex()).isEqualTo(70);
    assertThat(proto.getTick()).isEqualTo(9);
    assertThat(proto.getEntries(1).getGateway()).isEqualTo("g2");
    assertThat(proto.getEntries(1).getReceivedAt()).isEqualTo(-1);
    assertThat(proto.getEntries(0).getDeliveries(0).getDevice()).isEqualTo("d:1");
    assertThat(proto.getEntries(0).getDeliveries(0).getPayload().toByteArray())
        .containsExactly(1, 2, 3);
    assertThat(proto.getEntries(1).getDeliveries(1).getProblem()).isEqualTo("not JSON");
    assertThat(proto.getEntries(1).getDeliveries(1).hasWillTopic()).isFalse();
    assertThat(proto.getEntries(1).getDeliveries(2).getWillTopic()).isEqualTo("tele/f/LWT");
    assertThat(proto.toByteArray()).isEqualTo(ForwardCodec.encodeRequest(REQUEST));
  }

  @Property(tries = 300)
  void anyDeliveryComesBack(
      @ForAll @Size(max = 50) byte[] payload,
      @ForAll @StringLength(max = 100) @CharRange(to = '\ud7ff') String problem,
      @ForAll @StringLength(max = 100) @CharRange(to = '\ud7ff') String willTopic,
      @ForAll boolean hasProblem,
      @ForAll boolean isWill)
      throws WireFormatException {
    Delivery delivery =
        new Delivery("d", payload, hasProblem ? problem : null, isWill ? willTopic : null);
    LogEntry entry = new LogEntry("g1", 1, List.of(delivery, new Delivery("e", payload)));

    assertThat(ForwardCodec.decodeEntry(ForwardCodec.encodeEntry(entry)))
        .usingRecursiveComparison()
        .isEqualTo(entry);
  }

  @Property
  void anyBytesAreDecodedOrNamed(
      @ForAll @Size(max = 500) byte[] bytes, @ForAll int at, @ForAll byte changed) {
    assertHarmless(bytes);
    byte[] request = ForwardCodec.encodeRequest(REQUEST);
    request[Math.floorMod(at, request.length)] = changed;
    assertHarmless(request);
    assertHarmless(Arrays.copyOf(request, Math.floorMod(at, request.length)));
  }

  private static void assertHarmless(byte[] bytes) {
    try {
      ForwardCodec.decodeRequest(bytes);
    } catch (WireFormatException e) {
      assertThat(e.offset()).isBetween(0, bytes.length);
    }
  }
}
