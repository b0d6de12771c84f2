package io.tidemark.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Log entries and forward requests to bytes and back, as {@code forward.proto} says. What it
 * decodes holds copies of the payloads, so allocates about as many bytes as it is given. Stateless
 * and thread-safe.
 */
public final class ForwardCodec {
  private static final int VERSION = 1;
  private static final int VERSION_FIELD = 1;

  private static final int REQUEST_GROUP = 2;
  private static final int REQUEST_COMMITTED = 3;
  private static final int REQUEST_FORWARDED = 4;
  private static final int REQUEST_TICK = 5;
  private static final int REQUEST_ENTRIES = 6;
  private static final int REQUEST_GROUPS = 7;
  private static final int REQUEST_GATEWAY = 8;
  private static final int REQUEST_ENDED = 9;

  /** A cluster has five at most, and a few more while it changes. */
  private static final int GROUPS_MAX = 64;

  private static final int ENTRY_GATEWAY = 2;
  private static final int ENTRY_RECEIVED_AT = 3;
  private static final int ENTRY_DELIVERIES = 4;

  private static final int DELIVERY_DEVICE = 1;
  private static final int DELIVERY_PAYLOAD = 2;
  private static final int DELIVERY_PROBLEM = 3;
  private static final int DELIVERY_WILL_TOPIC = 4;

  private static final int NAME_MAX_BYTES = 128;

  /** Tag and length. */
  private static final int PART_OVERHEAD_BYTES = 6;

  /** What there is beside parts of a known length, as a rule: a writer grows where it is more. */
  private static final int DELIVERY_OVERHEAD_BYTES = 3 * PART_OVERHEAD_BYTES;

  private static final int ENTRY_OVERHEAD_BYTES = 64;
  private static final int REQUEST_OVERHEAD_BYTES = 128;

  /** A character takes three bytes at most; pairs of halves four. */
  private static final int PROBLEM_MAX_BYTES = 3 * Delivery.PROBLEM_MAX_CHARS;

  /** MQTT's own bound. */
  private static final int TOPIC_MAX_BYTES = 65_535;

  private ForwardCodec() {}

  /** Encodes a log entry. The caller keeps it within {@link Limits#ENTRY_MAX_BYTES}. */
  public static byte[] encodeEntry(LogEntry entry) {
    int bytes = ENTRY_OVERHEAD_BYTES;
    for (Delivery delivery : entry.deliveries()) {
      bytes += delivery.device().length() + delivery.chargedBytes() + DELIVERY_OVERHEAD_BYTES;
    }
    ProtoWriter out = new ProtoWriter(bytes);
    writeEntry(entry, out);
    return out.toByteArray();
  }

  /**
   * Decodes a log entry.
   *
   * @throws WireFormatException if the bytes are none
   */
  public static LogEntry decodeEntry(byte[] bytes) throws WireFormatException {
    return readEntry(new ProtoReader(bytes, 0, bytes.length));
  }

  /** Encodes a forward request. The caller keeps it within {@link Limits#FORWARD_MAX_BYTES}. */
  public static byte[] encodeRequest(ForwardRequest request) {
    return encodeRequest(
        request, request.entries().stream().map(ForwardCodec::encodeEntry).toList());
  }

  /**
   * The same with entries as they lie in the log.
   *
   * @param head what else the request says; its own entries are not looked at
   * @param entries each as {@link #encodeEntry} made it
   * @throws IllegalArgumentException if there are entries of a group that is said to be ended
   */
  public static byte[] encodeRequest(ForwardRequest head, List<byte[]> entries) {
    if (head.ended()) {
      ForwardRequest.requireNone(head.group(), entries.size());
    }
    int bytes = REQUEST_OVERHEAD_BYTES;
    for (byte[] entry : entries) {
      bytes += entry.length + PART_OVERHEAD_BYTES;
    }
    ProtoWriter out = new ProtoWriter(bytes);
    out.number(VERSION_FIELD, VERSION);
    out.text(REQUEST_GROUP, head.group());
    out.number(REQUEST_COMMITTED, head.committedIndex());
    out.number(REQUEST_FORWARDED, head.forwardedIndex());
    out.number(REQUEST_TICK, head.tick());
    for (byte[] entry : entries) {
      out.part(REQUEST_ENTRIES, entry);
    }
    head.groups().forEach(name -> out.text(REQUEST_GROUPS, name));
    if (!head.gateway().isEmpty()) {
      out.text(REQUEST_GATEWAY, head.gateway());
    }
    out.number(REQUEST_ENDED, head.ended() ? 1 : 0);
    return out.toByteArray();
  }

  /**
   * Decodes a forward request.
   *
   * @throws WireFormatException if the bytes are none, or more than {@link
   *     Limits#FORWARD_MAX_BYTES}
   */
  public static ForwardRequest decodeRequest(byte[] bytes) throws WireFormatException {
    if (bytes.length > Limits.FORWARD_MAX_BYTES) {
      throw new WireFormatException(
          "%d bytes where a forward request may have %d"
              .formatted(bytes.length, Limits.FORWARD_MAX_BYTES),
          Limits.FORWARD_MAX_BYTES);
    }
    ProtoReader in = new ProtoReader(bytes, 0, bytes.length);
    String group = "";
    String gateway = "";
    long[] numbers = new long[REQUEST_ENDED + 1];
    List<LogEntry> entries = new ArrayList<>();
    List<String> groups = new ArrayList<>();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case VERSION_FIELD, REQUEST_COMMITTED, REQUEST_FORWARDED, REQUEST_TICK, REQUEST_ENDED -> {
          in.expect(tag, ProtoReader.VARINT, at);
          numbers[tag >>> 3] = in.readVarint();
        }
        case REQUEST_GROUP -> {
          in.expect(tag, ProtoReader.BYTES, at);
          group = in.readText(NAME_MAX_BYTES);
        }
        case REQUEST_GATEWAY -> {
          in.expect(tag, ProtoReader.BYTES, at);
          gateway = in.readText(NAME_MAX_BYTES);
        }
        case REQUEST_ENTRIES -> {
          in.expect(tag, ProtoReader.BYTES, at);
          entries.add(readEntry(in.readPart()));
        }
        case REQUEST_GROUPS -> {
          in.expect(tag, ProtoReader.BYTES, at);
          if (groups.size() == GROUPS_MAX) {
            throw new WireFormatException("more than " + GROUPS_MAX + " groups of one cluster", at);
          }
          groups.add(in.readText(NAME_MAX_BYTES));
        }
        default -> in.skip(tag);
      }
    }
    checkVersion(numbers[VERSION_FIELD], 0);
    try {
      return new ForwardRequest(
          group,
          numbers[REQUEST_COMMITTED],
          numbers[REQUEST_FORWARDED],
          numbers[REQUEST_TICK],
          groups,
          gateway,
          numbers[REQUEST_ENDED] != 0,
          entries);
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), 0);
    }
  }

  private static void writeEntry(LogEntry entry, ProtoWriter out) {
    out.number(VERSION_FIELD, VERSION);
    out.text(ENTRY_GATEWAY, entry.gateway());
    out.fixed64(ENTRY_RECEIVED_AT, entry.receivedAtNanos());
    ProtoWriter part = new ProtoWriter();
    for (Delivery delivery : entry.deliveries()) {
      part.clear();
      part.text(DELIVERY_DEVICE, delivery.device());
      if (delivery.payload().length > 0) {
        part.part(DELIVERY_PAYLOAD, delivery.payload());
      }
      if (delivery.problem() != null) {
        part.text(DELIVERY_PROBLEM, delivery.problem());
      }
      if (delivery.willTopic() != null) {
        part.text(DELIVERY_WILL_TOPIC, delivery.willTopic());
      }
      out.part(ENTRY_DELIVERIES, part);
    }
  }

  private static LogEntry readEntry(ProtoReader in) throws WireFormatException {
    int start = in.position();
    long version = 0;
    String gateway = "";
    long receivedAt = 0;
    List<Delivery> deliveries = new ArrayList<>();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case VERSION_FIELD -> {
          in.expect(tag, ProtoReader.VARINT, at);
          version = in.readVarint();
        }
        case ENTRY_GATEWAY -> {
          in.expect(tag, ProtoReader.BYTES, at);
          gateway = in.readText(NAME_MAX_BYTES);
        }
        case ENTRY_RECEIVED_AT -> {
          in.expect(tag, ProtoReader.FIXED64, at);
          receivedAt = in.readFixed64();
        }
        case ENTRY_DELIVERIES -> {
          in.expect(tag, ProtoReader.BYTES, at);
          deliveries.add(readDelivery(in.readPart()));
        }
        default -> in.skip(tag);
      }
    }
    checkVersion(version, start);
    try {
      return new LogEntry(gateway, receivedAt, deliveries);
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), start);
    }
  }

  private static Delivery readDelivery(ProtoReader in) throws WireFormatException {
    int start = in.position();
    String device = "";
    byte[] payload = {};
    @Nullable String problem = null;
    @Nullable String willTopic = null;
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case DELIVERY_DEVICE -> {
          in.expect(tag, ProtoReader.BYTES, at);
          device = in.readText(NAME_MAX_BYTES);
        }
        case DELIVERY_PAYLOAD -> {
          in.expect(tag, ProtoReader.BYTES, at);
          payload = in.readBytes();
        }
        case DELIVERY_PROBLEM -> {
          in.expect(tag, ProtoReader.BYTES, at);
          problem = in.readText(PROBLEM_MAX_BYTES);
        }
        case DELIVERY_WILL_TOPIC -> {
          in.expect(tag, ProtoReader.BYTES, at);
          willTopic = in.readText(TOPIC_MAX_BYTES);
        }
        default -> in.skip(tag);
      }
    }
    try {
      return new Delivery(device, payload, problem, willTopic);
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), start);
    }
  }

  private static void checkVersion(long version, int at) throws WireFormatException {
    if (version != VERSION) {
      throw new WireFormatException(
          "version is %s, but this reader knows %d"
              .formatted(Long.toUnsignedString(version), VERSION),
          at);
    }
  }
}
