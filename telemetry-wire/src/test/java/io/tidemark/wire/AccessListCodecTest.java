package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessList.Secret;
import io.tidemark.wire.AccessList.Site;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AccessListCodecTest {
  private static final byte[] PSK =
      "sixteen bytes!!!".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final AccessList LIST =
      new AccessList(
          1_764_226_800_123L,
          List.of(new Barred("device", "plant:boiler-1", 0), new Barred("gateway", "g3", 77_000)),
          List.of(
              new Secret("meter-1", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", new byte[0]),
              new Secret("meter-2", "", PSK)),
          List.of(new Site("Plant 2, north \u2013 1", List.of("plant:boiler-1", "meter-2"))));

  @Test
  void aListComesBack() throws WireFormatException {
    assertThat(AccessListCodec.decode(AccessListCodec.encode(LIST))).isEqualTo(LIST);
    assertThat(AccessListCodec.decode(AccessListCodec.encode(AccessList.EMPTY)))
        .isEqualTo(AccessList.EMPTY);
  }

  @Test
  void protobufReadsTheSame() throws Exception {
    byte[] bytes = AccessListCodec.encode(LIST);
    io.tidemark.wire.generated.AccessList proto =
        io.tidemark.wire.generated.AccessList.parseFrom(bytes);

    assertThat(proto.getFormat()).isEqualTo(1);
    assertThat(proto.getVersion()).isEqualTo(1_764_226_800_123L);
    assertThat(proto.getBarred(0).getRole()).isEqualTo("device");
    assertThat(proto.getBarred(0).getName()).isEqualTo("plant:boiler-1");
    assertThat(proto.getBarred(0).getIssuedBefore()).isZero();
    assertThat(proto.getBarred(1).getIssuedBefore()).isEqualTo(77_000);
    assertThat(proto.getSecrets(0).getPasswordHash()).startsWith("$argon2id$");
    assertThat(proto.getSecrets(0).getPsk()).isEmpty();
    assertThat(proto.getSecrets(1).getDevice()).isEqualTo("meter-2");
    assertThat(proto.getSecrets(1).getPsk()).isEqualTo(ByteString.copyFrom(PSK));
    assertThat(proto.getSites(0).getName()).isEqualTo("Plant 2, north \u2013 1");
    assertThat(proto.getSites(0).getDevicesList()).containsExactly("plant:boiler-1", "meter-2");
    assertThat(AccessListCodec.decode(proto.toByteArray())).isEqualTo(LIST);
  }

  @Test
  void whatALaterVersionAddsIsPassedOver() throws Exception {
    byte[] bytes = AccessListCodec.encode(LIST);
    byte[] more = Arrays.copyOf(bytes, bytes.length + 2);
    more[bytes.length] = 0x30; // field 6, a number
    more[bytes.length + 1] = 0x01;

    assertThat(AccessListCodec.decode(more)).isEqualTo(LIST);
  }

  @Test
  void nothingThatIsSecretIsSaid() {
    assertThat(LIST.toString())
        .contains("meter-1")
        .doesNotContain("argon2id")
        .doesNotContain("115");
  }

  @Test
  void whatIsWrongIsNamed() {
    assertRefused(proto().setFormat(2), "format is 2, but this reader knows 1");
    assertRefused(
        proto().setVersion(-1), "version is 18446744073709551615, but it is 0 to 9007199254740991");
    assertRefused(proto().setVersion(1L << 53), "version is 9007199254740992");
    assertRefused(barred("person", "ada", 0), "role is \"person\", but it is device or gateway");
    assertRefused(barred("device", "a b", 0), "device must be 1 to 128");
    assertRefused(barred("gateway", "g:1", 0), "gateway must be 1 to 64");
    assertRefused(barred("device", "a", -1), "issued_before is 18446744073709551615");
    assertRefused(secret("a/b", "x", 0), "device must be 1 to 128");
    assertRefused(secret("a", "", 0), "a has neither a password nor a key");
    assertRefused(secret("a", "h".repeat(257), 0), "password has 257 characters, but may have 256");
    assertRefused(secret("a", "", 15), "the key of a has 15 bytes, but it has 16 to 64");
    assertRefused(secret("a", "", 65), "the key of a has 65 bytes, but it has 16 to 64");
    assertRefused(site("", "a"), "a site's name has 0 characters, but it has 1 to 100");
    assertRefused(site("s".repeat(101), "a"), "a site's name has 101 characters");
    assertRefused(site("s", "a b"), "device must be 1 to 128");
  }

  @Test
  void theLargestPartsFitAndALongerListIsRefused() throws Exception {
    String name = "d".repeat(128);
    AccessList largest =
        new AccessList(
            Limits.NUMBER_MAX,
            List.of(new Barred("device", name, Long.MAX_VALUE)),
            List.of(new Secret(name, "\uffff".repeat(256), new byte[64])),
            List.of(new Site("\uffff".repeat(100), List.of(name))));
    assertThat(AccessListCodec.decode(AccessListCodec.encode(largest))).isEqualTo(largest);

    AccessList longer =
        new AccessList(
            1, List.of(), List.of(), List.of(new Site("s", Collections.nCopies(130_000, name))));
    assertThatThrownBy(() -> AccessListCodec.encode(longer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("where an access list may have 16777216");
    assertThatThrownBy(() -> AccessListCodec.decode(new byte[Limits.ACCESS_LIST_MAX_BYTES + 1]))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("16777217 bytes where an access list may have 16777216");
  }

  private static SignedAccessList signed(int chain, int certificate, int signature, long at) {
    return new SignedAccessList(
        AccessListCodec.encode(LIST),
        at,
        Collections.nCopies(chain, new byte[certificate]),
        new byte[signature]);
  }

  private static void assertSame(SignedAccessList one, SignedAccessList other) {
    assertThat(one.list()).isEqualTo(other.list());
    assertThat(one.signedAt()).isEqualTo(other.signedAt());
    assertThat(one.signature()).isEqualTo(other.signature());
    assertThat(one.chain()).hasSameSizeAs(other.chain());
    for (int i = 0; i < one.chain().size(); i++) {
      assertThat(one.chain().get(i)).isEqualTo(other.chain().get(i));
    }
  }

  @Test
  void protobufReadsTheSameOfASignedOne() throws Exception {
    SignedAccessList signed =
        new SignedAccessList(
            AccessListCodec.encode(LIST),
            1_764_226_800_123L,
            List.of(new byte[] {1, 2}, new byte[] {3}),
            new byte[] {4, 5, 6});
    byte[] bytes = SignedAccessListCodec.encode(signed);
    io.tidemark.wire.generated.SignedAccessList proto =
        io.tidemark.wire.generated.SignedAccessList.parseFrom(bytes);
    assertThat(proto.getList()).isEqualTo(ByteString.copyFrom(signed.list()));
    assertThat(proto.getSignedAt()).isEqualTo(1_764_226_800_123L);
    assertThat(proto.getChainList())
        .containsExactly(
            ByteString.copyFrom(new byte[] {1, 2}), ByteString.copyFrom(new byte[] {3}));
    assertThat(proto.getSignature()).isEqualTo(ByteString.copyFrom(new byte[] {4, 5, 6}));
    assertSame(SignedAccessListCodec.decode(proto.toByteArray()), signed);
    byte[] more = Arrays.copyOf(bytes, bytes.length + 2);
    more[bytes.length] = 0x28; // field 5, a number
    assertSame(SignedAccessListCodec.decode(more), signed);
  }

  @Test
  void whatIsWrongWithASignedOneIsNamed() throws Exception {
    SignedAccessList largest = signed(5, 4_096, 512, Limits.NUMBER_MAX);
    assertSame(SignedAccessListCodec.decode(SignedAccessListCodec.encode(largest)), largest);
    assertUnsigned(() -> signed(0, 1, 1, 1), "it has 0 certificates, but it has 1 to 5");
    assertUnsigned(() -> signed(6, 1, 1, 1), "it has 6 certificates");
    assertUnsigned(() -> signed(1, 0, 1, 1), "a certificate has 0 bytes, but it has 1 to 4096");
    assertUnsigned(() -> signed(1, 4_097, 1, 1), "a certificate has 4097 bytes");
    assertUnsigned(() -> signed(1, 1, 0, 1), "the signature has 0 bytes, but it has 1 to 512");
    assertUnsigned(() -> signed(1, 1, 513, 1), "the signature has 513 bytes");
    assertUnsigned(() -> signed(1, 1, 1, -1), "signed_at is 18446744073709551615");
    assertThatThrownBy(() -> SignedAccessListCodec.decode(new byte[0]))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("the signature has 0 bytes");
    assertThatThrownBy(() -> SignedAccessListCodec.decode(new byte[SignedAccessList.MAX_BYTES + 1]))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("where a signed access list may have 16798336");
  }

  private static void assertUnsigned(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable made, String why) {
    assertThatThrownBy(made).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(why);
  }

  @Property(tries = 300)
  void anyListComesBack(
      @ForAll @LongRange(min = 0, max = Limits.NUMBER_MAX) long version,
      @ForAll("barred") List<Barred> barred,
      @ForAll("secrets") List<Secret> secrets,
      @ForAll("sites") List<Site> sites)
      throws WireFormatException {
    AccessList any = new AccessList(version, barred, secrets, sites);

    assertThat(AccessListCodec.decode(AccessListCodec.encode(any))).isEqualTo(any);
  }

  @Property
  void anyBytesAreDecodedOrNamed(
      @ForAll @Size(max = 500) byte[] bytes, @ForAll int at, @ForAll byte changed) {
    assertHarmless(bytes);
    byte[] list = AccessListCodec.encode(LIST);
    list[Math.floorMod(at, list.length)] = changed;
    assertHarmless(list);
    assertHarmless(Arrays.copyOf(list, Math.floorMod(at, list.length)));
    byte[] signed = SignedAccessListCodec.encode(signed(2, 30, 30, 1));
    signed[Math.floorMod(at, signed.length)] = changed;
    assertHarmless(signed);
    assertHarmless(Arrays.copyOf(signed, Math.floorMod(at, signed.length)));
  }

  @Provide
  Arbitrary<List<Barred>> barred() {
    Arbitrary<Long> before = Arbitraries.longs().greaterOrEqual(0);
    Arbitrary<Barred> devices =
        Combinators.combine(devices(), before).as((name, at) -> new Barred("device", name, at));
    Arbitrary<Barred> gateways =
        Combinators.combine(names(), before).as((name, at) -> new Barred("gateway", name, at));
    return Arbitraries.oneOf(devices, gateways).list().ofMaxSize(5);
  }

  @Provide
  Arbitrary<List<Secret>> secrets() {
    Arbitrary<byte[]> keys = Arbitraries.bytes().array(byte[].class).ofMinSize(16).ofMaxSize(64);
    Arbitrary<String> hashes = Arbitraries.strings().ascii().ofMaxLength(256);
    return Combinators.combine(devices(), hashes, keys).as(Secret::new).list().ofMaxSize(5);
  }

  @Provide
  Arbitrary<List<Site>> sites() {
    Arbitrary<String> names =
        Arbitraries.strings().withCharRange(' ', '\ud7ff').ofMinLength(1).ofMaxLength(100);
    return Combinators.combine(names, devices().list().ofMaxSize(5))
        .as(Site::new)
        .list()
        .ofMaxSize(5);
  }

  private static Arbitrary<String> devices() {
    return named().withChars(':').ofMinLength(1).ofMaxLength(128);
  }

  private static Arbitrary<String> names() {
    return named().ofMinLength(1).ofMaxLength(64);
  }

  private static net.jqwik.api.arbitraries.StringArbitrary named() {
    return Arbitraries.strings().alpha().numeric().withChars("._-");
  }

  private static void assertHarmless(byte[] bytes) {
    try {
      AccessListCodec.decode(bytes);
    } catch (WireFormatException e) {
      assertThat(e.offset()).isBetween(0, bytes.length);
    }
    try {
      SignedAccessListCodec.decode(bytes);
    } catch (WireFormatException e) {
      assertThat(e.offset()).isBetween(0, bytes.length);
    }
  }

  private static void assertRefused(
      io.tidemark.wire.generated.AccessList.Builder list, String why) {
    assertThatThrownBy(() -> AccessListCodec.decode(list.build().toByteArray()))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining(why);
  }

  private static io.tidemark.wire.generated.AccessList.Builder barred(
      String role, String name, long issuedBefore) {
    return proto()
        .addBarred(
            io.tidemark.wire.generated.Barred.newBuilder()
                .setRole(role)
                .setName(name)
                .setIssuedBefore(issuedBefore));
  }

  private static io.tidemark.wire.generated.AccessList.Builder secret(
      String device, String hash, int keyBytes) {
    return proto()
        .addSecrets(
            io.tidemark.wire.generated.Secret.newBuilder()
                .setDevice(device)
                .setPasswordHash(hash)
                .setPsk(ByteString.copyFrom(new byte[keyBytes])));
  }

  private static io.tidemark.wire.generated.AccessList.Builder site(String name, String device) {
    return proto()
        .addSites(io.tidemark.wire.generated.Site.newBuilder().setName(name).addDevices(device));
  }

  private static io.tidemark.wire.generated.AccessList.Builder proto() {
    return io.tidemark.wire.generated.AccessList.newBuilder().setFormat(1).setVersion(1);
  }
}
