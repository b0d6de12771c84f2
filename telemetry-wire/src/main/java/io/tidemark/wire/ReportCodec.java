package io.tidemark.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gateways' reports to bytes and back, as {@code report.proto} says. Stateless and thread-safe. */
public final class ReportCodec {
  private static final int VERSION = 1;

  private static final int REPORT_VERSION = 1;
  private static final int REPORT_GATEWAY = 2;
  private static final int REPORT_CLUSTER = 3;
  private static final int REPORT_GENERATION = 4;
  private static final int REPORT_MEMBERS = 5;
  private static final int REPORT_SOFTWARE = 6;
  private static final int REPORT_INTERVAL = 7;
  private static final int REPORT_CAN_COMMIT = 8;
  private static final int REPORT_DETAIL = 9;
  private static final int REPORT_MQTT = 10;
  private static final int REPORT_COAP = 11;
  private static final int REPORT_CONNECTIONS = 12;
  private static final int REPORT_REQUESTS = 13;
  private static final int REPORT_RECEIVED = 14;
  private static final int REPORT_COMMITTED = 15;
  private static final int REPORT_FORWARDED = 16;
  private static final int REPORT_REFUSED = 17;
  private static final int REPORT_REPLICAS = 18;
  private static final int REPORT_ACCESS = 19;

  private static final int REFUSED_REASON = 1;
  private static final int REFUSED_READINGS = 2;

  private static final int REPLICA_GROUP = 1;
  private static final int REPLICA_ROLE = 2;
  private static final int REPLICA_LEADER = 3;
  private static final int REPLICA_TERM = 4;
  private static final int REPLICA_HOME = 5;
  private static final int REPLICA_COMMITTED = 6;
  private static final int REPLICA_FORWARDED = 7;
  private static final int REPLICA_LAG = 8;
  private static final int REPLICA_READINGS = 9;
  private static final int REPLICA_ENTRIES = 10;
  private static final int REPLICA_BYTES = 11;
  private static final int REPLICA_OLDEST = 12;

  private static final int NAME_MAX_BYTES = 128;

  /** A character takes three bytes at most; pairs of halves four. */
  private static final int TEXT_MAX_BYTES = 3 * GatewayReport.DETAIL_MAX_CHARS;

  private ReportCodec() {}

  /** Encodes a report. It has at most {@link Limits#REPORT_MAX_BYTES}. */
  public static byte[] encode(GatewayReport report) {
    ProtoWriter out = new ProtoWriter();
    out.number(REPORT_VERSION, VERSION);
    out.text(REPORT_GATEWAY, report.gateway());
    out.text(REPORT_CLUSTER, report.cluster());
    out.number(REPORT_GENERATION, report.generation());
    report.members().forEach(member -> out.text(REPORT_MEMBERS, member));
    text(out, REPORT_SOFTWARE, report.software());
    out.number(REPORT_INTERVAL, report.intervalMillis());
    out.number(REPORT_CAN_COMMIT, report.canCommit() ? 1 : 0);
    text(out, REPORT_DETAIL, report.detail());
    text(out, REPORT_MQTT, report.mqtt());
    text(out, REPORT_COAP, report.coap());
    out.number(REPORT_CONNECTIONS, report.connections());
    out.number(REPORT_REQUESTS, report.requestsInFlight());
    GatewayReport.Readings readings = report.readings();
    out.number(REPORT_RECEIVED, readings.received());
    out.number(REPORT_COMMITTED, readings.committed());
    out.number(REPORT_FORWARDED, readings.forwarded());
    ProtoWriter part = new ProtoWriter();
    readings
        .refusedInOrder()
        .forEach(
            (reason, count) -> {
              part.clear();
              part.text(REFUSED_REASON, reason);
              part.number(REFUSED_READINGS, count);
              out.part(REPORT_REFUSED, part);
            });
    for (GatewayReport.Replica replica : report.replicas()) {
      part.clear();
      write(replica, part);
      out.part(REPORT_REPLICAS, part);
    }
    out.number(REPORT_ACCESS, report.accessVersion());
    return out.toByteArray();
  }

  private static void write(GatewayReport.Replica replica, ProtoWriter out) {
    out.text(REPLICA_GROUP, replica.group());
    out.text(REPLICA_ROLE, replica.role());
    text(out, REPLICA_LEADER, replica.leader());
    out.number(REPLICA_TERM, replica.term());
    text(out, REPLICA_HOME, replica.home());
    out.number(REPLICA_COMMITTED, replica.committedIndex());
    out.number(REPLICA_FORWARDED, replica.forwardedIndex());
    out.number(REPLICA_LAG, replica.lag());
    out.number(REPLICA_READINGS, replica.waitingReadings());
    out.number(REPLICA_ENTRIES, replica.waitingEntries());
    out.number(REPLICA_BYTES, replica.logBytes());
    out.number(REPLICA_OLDEST, replica.oldestMillis());
  }

  private static void text(ProtoWriter out, int field, String text) {
    if (!text.isEmpty()) {
      out.text(field, text);
    }
  }

  /**
   * Decodes a report.
   *
   * @throws WireFormatException if the bytes are none, or more than {@link Limits#REPORT_MAX_BYTES}
   */
  public static GatewayReport decode(byte[] bytes) throws WireFormatException {
    if (bytes.length > Limits.REPORT_MAX_BYTES) {
      throw new WireFormatException(
          "%d bytes where a report may have %d".formatted(bytes.length, Limits.REPORT_MAX_BYTES),
          Limits.REPORT_MAX_BYTES);
    }
    ProtoReader in = new ProtoReader(bytes, 0, bytes.length);
    Fields fields = new Fields(REPORT_ACCESS);
    List<String> members = new ArrayList<>();
    Map<String, Long> refused = new TreeMap<>();
    List<GatewayReport.Replica> replicas = new ArrayList<>();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case REPORT_GATEWAY, REPORT_CLUSTER -> fields.readText(in, tag, at, NAME_MAX_BYTES);
        case REPORT_SOFTWARE, REPORT_DETAIL, REPORT_MQTT, REPORT_COAP ->
            fields.readText(in, tag, at, TEXT_MAX_BYTES);
        case REPORT_MEMBERS -> {
          in.expect(tag, ProtoReader.BYTES, at);
          requireRoom("members", members.size(), at);
          members.add(in.readText(NAME_MAX_BYTES));
        }
        case REPORT_REFUSED -> {
          in.expect(tag, ProtoReader.BYTES, at);
          requireRoom("reasons", refused.size(), at);
          readRefused(in.readPart(), refused);
        }
        case REPORT_REPLICAS -> {
          in.expect(tag, ProtoReader.BYTES, at);
          requireRoom("replicas", replicas.size(), at);
          replicas.add(readReplica(in.readPart()));
        }
        default -> fields.readNumber(in, tag, at);
      }
    }
    return report(fields, members, refused, replicas);
  }

  private static GatewayReport report(
      Fields fields,
      List<String> members,
      Map<String, Long> refused,
      List<GatewayReport.Replica> replicas)
      throws WireFormatException {
    if (fields.number(REPORT_VERSION) != VERSION) {
      throw new WireFormatException(
          "version is %s, but this reader knows %d"
              .formatted(Long.toUnsignedString(fields.number(REPORT_VERSION)), VERSION),
          0);
    }
    try {
      return new GatewayReport(
          fields.text(REPORT_GATEWAY),
          fields.text(REPORT_CLUSTER),
          fields.number(REPORT_GENERATION),
          members,
          fields.text(REPORT_SOFTWARE),
          fields.number(REPORT_INTERVAL),
          fields.number(REPORT_CAN_COMMIT) != 0,
          fields.text(REPORT_DETAIL),
          fields.text(REPORT_MQTT),
          fields.text(REPORT_COAP),
          fields.number(REPORT_CONNECTIONS),
          fields.number(REPORT_REQUESTS),
          new GatewayReport.Readings(
              fields.number(REPORT_RECEIVED),
              fields.number(REPORT_COMMITTED),
              fields.number(REPORT_FORWARDED),
              refused),
          replicas,
          fields.number(REPORT_ACCESS));
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), 0);
    }
  }

  private static void readRefused(ProtoReader in, Map<String, Long> refused)
      throws WireFormatException {
    Fields fields = new Fields(REFUSED_READINGS);
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      if (tag >>> 3 == REFUSED_REASON) {
        fields.readText(in, tag, at, NAME_MAX_BYTES);
      } else {
        fields.readNumber(in, tag, at);
      }
    }
    refused.put(fields.text(REFUSED_REASON), fields.number(REFUSED_READINGS));
  }

  private static GatewayReport.Replica readReplica(ProtoReader in) throws WireFormatException {
    int start = in.position();
    Fields fields = new Fields(REPLICA_OLDEST);
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      switch (tag >>> 3) {
        case REPLICA_GROUP, REPLICA_ROLE, REPLICA_LEADER, REPLICA_HOME ->
            fields.readText(in, tag, at, NAME_MAX_BYTES);
        default -> fields.readNumber(in, tag, at);
      }
    }
    try {
      return new GatewayReport.Replica(
          fields.text(REPLICA_GROUP),
          fields.text(REPLICA_ROLE),
          fields.text(REPLICA_LEADER),
          fields.number(REPLICA_TERM),
          fields.text(REPLICA_HOME),
          fields.number(REPLICA_COMMITTED),
          fields.number(REPLICA_FORWARDED),
          fields.number(REPLICA_LAG),
          fields.number(REPLICA_READINGS),
          fields.number(REPLICA_ENTRIES),
          fields.number(REPLICA_BYTES),
          fields.number(REPLICA_OLDEST));
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), start);
    }
  }

  private static void requireRoom(String what, int count, int at) throws WireFormatException {
    if (count == GatewayReport.ITEMS_MAX) {
      throw new WireFormatException("more than %d %s".formatted(GatewayReport.ITEMS_MAX, what), at);
    }
  }
}
