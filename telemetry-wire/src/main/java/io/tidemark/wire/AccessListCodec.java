package io.tidemark.wire;

import java.util.ArrayList;
import java.util.List;

/** Access lists to bytes and back, as {@code access.proto} says. Stateless and thread-safe. */
public final class AccessListCodec {
  private static final int FORMAT = 1;

  private static final int LIST_FORMAT = 1;
  private static final int LIST_VERSION = 2;
  private static final int LIST_BARRED = 3;
  private static final int LIST_SECRETS = 4;
  private static final int LIST_SITES = 5;

  private static final int BARRED_ROLE = 1;
  private static final int BARRED_NAME = 2;
  private static final int BARRED_ISSUED_BEFORE = 3;

  private static final int SECRET_DEVICE = 1;
  private static final int SECRET_PASSWORD_HASH = 2;
  private static final int SECRET_PSK = 3;

  private static final int SITE_NAME = 1;
  private static final int SITE_DEVICES = 2;

  private static final int NAME_MAX_BYTES = 128;

  /** A character takes three bytes at most; pairs of halves four. */
  private static final int SITE_MAX_BYTES = 3 * AccessList.SITE_MAX_CHARS;

  private static final int HASH_MAX_BYTES = 3 * AccessList.HASH_MAX_CHARS;

  private AccessListCodec() {}

  /**
   * Encodes a list.
   *
   * @throws IllegalArgumentException if it has more than {@link Limits#ACCESS_LIST_MAX_BYTES}
   */
  public static byte[] encode(AccessList list) {
    ProtoWriter out = new ProtoWriter();
    out.number(LIST_FORMAT, FORMAT);
    out.number(LIST_VERSION, list.version());
    ProtoWriter part = new ProtoWriter();
    for (AccessList.Barred barred : list.barred()) {
      part.clear();
      part.text(BARRED_ROLE, barred.role());
      part.text(BARRED_NAME, barred.name());
      part.number(BARRED_ISSUED_BEFORE, barred.issuedBefore());
      out.part(LIST_BARRED, part);
    }
    for (AccessList.Secret secret : list.secrets()) {
      part.clear();
      part.text(SECRET_DEVICE, secret.device());
      if (!secret.passwordHash().isEmpty()) {
        part.text(SECRET_PASSWORD_HASH, secret.passwordHash());
      }
      if (secret.psk().length > 0) {
        part.part(SECRET_PSK, secret.psk());
      }
      out.part(LIST_SECRETS, part);
    }
    for (AccessList.Site site : list.sites()) {
      part.clear();
      part.text(SITE_NAME, site.name());
      site.devices().forEach(device -> part.text(SITE_DEVICES, device));
      out.part(LIST_SITES, part);
    }
    byte[] bytes = out.toByteArray();
    if (bytes.length > Limits.ACCESS_LIST_MAX_BYTES) {
      throw new IllegalArgumentException(tooLong(bytes.length));
    }
    return bytes;
  }

  /**
   * Decodes a list.
   *
   * @throws WireFormatException if the bytes are none, or more than {@link
   *     Limits#ACCESS_LIST_MAX_BYTES}
   */
  public static AccessList decode(byte[] bytes) throws WireFormatException {
    if (bytes.length > Limits.ACCESS_LIST_MAX_BYTES) {
      throw new WireFormatException(tooLong(bytes.length), Limits.ACCESS_LIST_MAX_BYTES);
    }
    ProtoReader in = new ProtoReader(bytes, 0, bytes.length);
    Fields fields = new Fields(LIST_SITES);
    List<AccessList.Barred> barred = new ArrayList<>();
    List<AccessList.Secret> secrets = new ArrayList<>();
    List<AccessList.Site> sites = new ArrayList<>();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case LIST_BARRED, LIST_SECRETS, LIST_SITES -> {
          in.expect(tag, ProtoReader.BYTES, at);
          ProtoReader part = in.readPart();
          try {
            switch (tag >>> 3) {
              case LIST_BARRED -> barred.add(readBarred(part));
              case LIST_SECRETS -> secrets.add(readSecret(part));
              default -> sites.add(readSite(part));
            }
          } catch (IllegalArgumentException e) {
            throw new WireFormatException(String.valueOf(e.getMessage()), at);
          }
        }
        default -> fields.readNumber(in, tag, at);
      }
    }
    if (fields.number(LIST_FORMAT) != FORMAT) {
      throw new WireFormatException(
          "format is %s, but this reader knows %d"
              .formatted(Long.toUnsignedString(fields.number(LIST_FORMAT)), FORMAT),
          0);
    }
    try {
      return new AccessList(fields.number(LIST_VERSION), barred, secrets, sites);
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), 0);
    }
  }

  private static String tooLong(int length) {
    return "%d bytes where an access list may have %d"
        .formatted(length, Limits.ACCESS_LIST_MAX_BYTES);
  }

  private static AccessList.Barred readBarred(ProtoReader in) throws WireFormatException {
    Fields fields = new Fields(BARRED_ISSUED_BEFORE);
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case BARRED_ROLE, BARRED_NAME -> fields.readText(in, tag, at, NAME_MAX_BYTES);
        default -> fields.readNumber(in, tag, at);
      }
    }
    return new AccessList.Barred(
        fields.text(BARRED_ROLE), fields.text(BARRED_NAME), fields.number(BARRED_ISSUED_BEFORE));
  }

  private static AccessList.Secret readSecret(ProtoReader in) throws WireFormatException {
    Fields fields = new Fields(SECRET_PSK);
    byte[] psk = {};
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case SECRET_DEVICE -> fields.readText(in, tag, at, NAME_MAX_BYTES);
        case SECRET_PASSWORD_HASH -> fields.readText(in, tag, at, HASH_MAX_BYTES);
        case SECRET_PSK -> {
          in.expect(tag, ProtoReader.BYTES, at);
          psk = in.readBytes();
        }
        default -> fields.readNumber(in, tag, at);
      }
    }
    return new AccessList.Secret(
        fields.text(SECRET_DEVICE), fields.text(SECRET_PASSWORD_HASH), psk);
  }

  private static AccessList.Site readSite(ProtoReader in) throws WireFormatException {
    Fields fields = new Fields(SITE_NAME);
    List<String> devices = new ArrayList<>();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case SITE_NAME -> fields.readText(in, tag, at, SITE_MAX_BYTES);
        case SITE_DEVICES -> {
          in.expect(tag, ProtoReader.BYTES, at);
          devices.add(in.readText(NAME_MAX_BYTES));
        }
        default -> fields.readNumber(in, tag, at);
      }
    }
    return new AccessList.Site(fields.text(SITE_NAME), devices);
  }
}
