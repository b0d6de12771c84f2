package io.tidemark.sim.link.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.link.coap.CoapMessage.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.NullUnmarked;

/** What holds of every message and every datagram. */
@NullUnmarked
class CoapCodecProperties {
  private static final int HEADER_BYTES = 4;

  @Example
  void bytesAreThoseOfTheSpecification() throws Exception {
    // RFC 7252, figures 16 and 17, as a POST with a token and a payload.
    CoapMessage post =
        new CoapMessage(
            Type.CON,
            CoapMessage.POST,
            0x7d34,
            new byte[] {0x20},
            List.of(
                CoapOption.text(CoapOption.URI_PATH, "temperature"),
                CoapOption.uint(CoapOption.CONTENT_FORMAT, 65_001),
                CoapOption.uint(CoapOption.SIZE1, 300)),
            new byte[] {1, 2});
    String bytes = "41027d3420bb74656d706572617475726512fde9d223012cff0102";
    assertThat(HexFormat.of().formatHex(CoapCodec.encode(post))).isEqualTo(bytes);
    CoapMessage back = CoapCodec.decode(HexFormat.of().parseHex("61447d3420ff6e6f"));
    assertThat(back.type()).isEqualTo(Type.ACK);
    assertThat(back.codeInWords()).isEqualTo("2.04");
    assertThat(back.id()).isEqualTo(0x7d34);
    assertThat(back.token()).containsExactly(0x20);
    assertThat(back.diagnostic()).isEqualTo("no");
  }

  @Property
  void whatIsEncodedIsDecoded(@ForAll long seed) throws Exception {
    CoapMessage message = message(new Random(seed));
    assertSame(CoapCodec.decode(CoapCodec.encode(message)), message);
  }

  @Property(tries = 100)
  void whateverIsCutOffIsRefusedOrAnotherWholeMessage(@ForAll long seed) {
    byte[] whole = CoapCodec.encode(message(new Random(seed)));
    for (int length = 0; length < whole.length; length++) {
      assertDecodesOrIsRefused(Arrays.copyOf(whole, length));
    }
  }

  @Property(tries = 3_000)
  void noDatagramIsTooMuch(@ForAll @Size(max = 300) byte[] datagram) {
    assertDecodesOrIsRefused(datagram);
  }

  @Property(tries = 3_000)
  void noChangedBitIsTooMuch(@ForAll long seed, @ForAll @IntRange(min = 0) int where) {
    byte[] bytes = CoapCodec.encode(message(new Random(seed)));
    bytes[where % bytes.length] ^= (byte) (1 << (where & 7));
    assertDecodesOrIsRefused(bytes);
  }

  private static void assertSame(CoapMessage actual, CoapMessage expected) {
    assertThat(actual.type()).isEqualTo(expected.type());
    assertThat(actual.code()).isEqualTo(expected.code());
    assertThat(actual.id()).isEqualTo(expected.id());
    assertThat(actual.token()).isEqualTo(expected.token());
    assertThat(actual.payload()).isEqualTo(expected.payload());
    assertThat(actual.options()).hasSameSizeAs(expected.options());
    for (int i = 0; i < actual.options().size(); i++) {
      assertThat(actual.options().get(i).number()).isEqualTo(expected.options().get(i).number());
      assertThat(actual.options().get(i).value()).isEqualTo(expected.options().get(i).value());
    }
  }

  /** Decodes to what has the same meaning again, or is refused in words. */
  private static void assertDecodesOrIsRefused(byte[] datagram) {
    CoapMessage message;
    try {
      message = CoapCodec.decode(datagram);
    } catch (CoapFormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
      boolean confirmable = datagram.length >= HEADER_BYTES && (datagram[0] & 0xF0) == 0x40;
      int id = confirmable ? ((datagram[2] & 0xFF) << 8) | (datagram[3] & 0xFF) : -1;
      assertThat(e.rejectId()).isEqualTo(id);
      return;
    }
    try {
      assertSame(CoapCodec.decode(CoapCodec.encode(message)), message);
    } catch (CoapFormatException e) {
      throw new AssertionError(e);
    }
  }

  @Property
  void numbersAreAsShortAsTheyCanBe(@ForAll @LongRange(min = 0, max = 0xFFFFFFFFL) long number) {
    CoapOption option = CoapOption.uint(CoapOption.MAX_AGE, number);
    assertThat(option.uint()).isEqualTo(number);
    assertThat(option.value().length == 0 || option.value()[0] != 0).isTrue();
  }

  @Example
  void whatTheSpecificationForbidsIsRefused() {
    for (String malformed :
        List.of(
            "", // nothing
            "400000", // less than a header
            "80000001", // another version
            "4000000100", // empty, with something in it
            "41000001aa", // empty, with a token
            "49020001010203040506070809", // a token of nine bytes
            "4202000101", // a token that is not all there
            "40020001ff", // a marker without a payload
            "40020001f0", // reserved delta
            "400200010f", // reserved length
            "4002000110d0", // a long delta that is not all there
            "40020001b36161")) { // a value that is not all there
      assertThatThrownBy(() -> CoapCodec.decode(HexFormat.of().parseHex(malformed)))
          .as(malformed)
          .isInstanceOf(CoapFormatException.class);
    }
    assertThat(new CoapOption(CoapOption.MAX_AGE, new byte[5]).uint()).isEqualTo(-1);
  }

  @Example
  void optionsOutOfOrderAreAMistakeOfOurs() {
    List<CoapOption> options = List.of(CoapOption.uint(12, 1), CoapOption.uint(11, 1));
    byte[] none = {};
    assertThatThrownBy(() -> CoapCodec.encode(new CoapMessage(Type.CON, 2, 1, none, options, none)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static CoapMessage message(Random random) {
    if (random.nextInt(8) == 0) {
      return CoapMessage.empty(type(random), random.nextInt(1 << 16));
    }
    List<CoapOption> options = new ArrayList<>();
    int number = 0;
    for (int i = random.nextInt(6); i > 0; i--) {
      int[] steps = {0, 1, 12, 13, 14, 268, 269, 270, 30_000};
      number += steps[random.nextInt(steps.length)];
      int[] lengths = {0, 1, 12, 13, 268, 269, 300};
      options.add(new CoapOption(number, bytes(random, lengths[random.nextInt(lengths.length)])));
    }
    int code = 1 + random.nextInt(255);
    return new CoapMessage(
        type(random),
        code,
        random.nextInt(1 << 16),
        bytes(random, random.nextInt(9)),
        options,
        random.nextBoolean() ? bytes(random, random.nextInt(100)) : text());
  }

  private static Type type(Random random) {
    return Type.values()[random.nextInt(4)];
  }

  private static byte[] text() {
    return "größer als erlaubt".getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
