package io.tidemark.wire;

import java.util.ArrayList;
import java.util.List;

/** Signed access lists to bytes and back, as {@code access.proto} says. Stateless, thread-safe. */
public final class SignedAccessListCodec {
  private static final int LIST = 1;
  private static final int SIGNED_AT = 2;
  private static final int CHAIN = 3;
  private static final int SIGNATURE = 4;

  /** What a chain and a signature take as a rule. */
  private static final int SIGNED_BYTES = 4_096;

  private SignedAccessListCodec() {}

  /** Encodes one. */
  public static byte[] encode(SignedAccessList signed) {
    ProtoWriter out = new ProtoWriter(signed.list().length + SIGNED_BYTES);
    out.part(LIST, signed.list());
    out.number(SIGNED_AT, signed.signedAt());
    signed.chain().forEach(certificate -> out.part(CHAIN, certificate));
    out.part(SIGNATURE, signed.signature());
    return out.toByteArray();
  }

  /**
   * Decodes one; what it says is not verified.
   *
   * @throws WireFormatException if the bytes are none, or more than {@link
   *     SignedAccessList#MAX_BYTES}
   */
  public static SignedAccessList decode(byte[] bytes) throws WireFormatException {
    if (bytes.length > SignedAccessList.MAX_BYTES) {
      throw new WireFormatException(
          "%d bytes where a signed access list may have %d"
              .formatted(bytes.length, SignedAccessList.MAX_BYTES),
          SignedAccessList.MAX_BYTES);
    }
    ProtoReader in = new ProtoReader(bytes, 0, bytes.length);
    Fields fields = new Fields(SIGNATURE);
    byte[] list = {};
    byte[] signature = {};
    List<byte[]> chain = new ArrayList<>();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case LIST -> list = bytes(in, tag, at);
        case CHAIN -> chain.add(bytes(in, tag, at));
        case SIGNATURE -> signature = bytes(in, tag, at);
        default -> fields.readNumber(in, tag, at);
      }
    }
    try {
      return new SignedAccessList(list, fields.number(SIGNED_AT), chain, signature);
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), 0);
    }
  }

  private static byte[] bytes(ProtoReader in, int tag, int at) throws WireFormatException {
    in.expect(tag, ProtoReader.BYTES, at);
    return in.readBytes();
  }
}
