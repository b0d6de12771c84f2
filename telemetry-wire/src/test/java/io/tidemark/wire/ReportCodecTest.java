package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ReportCodecTest {
  private static final GatewayReport.Replica LEADS =
      new GatewayReport.Replica("g1", "leader", "g1", 3, "g1", 120, 100, 0, 3210, 20, 8192, 35_000);
  private static final GatewayReport.Replica FOLLOWS =
      new GatewayReport.Replica("g4", "follower", "", 7, "", 55, 50, 4, 10, 5, 4096, 0);
  private static final GatewayReport REPORT =
      report("leads group g1", Map.of("full", 7L, "rate", 2L), List.of(LEADS, FOLLOWS));

  private static GatewayReport report(
      String detail, Map<String, Long> refused, List<GatewayReport.Replica> replicas) {
    return new GatewayReport(
        "g1",
        "0123456789abcdef",
        2,
        List.of("g1", "g2", "g3"),
        "0.1.0",
        5_000,
        true,
        detail,
        "gw1:1883",
        "gw1:5683",
        17,
        3,
        new GatewayReport.Readings(1_000, 990, 980, refused),
        replicas,
        1_764_226_800_123L);
  }

  @Test
  void aReportComesBack() throws WireFormatException {
    assertThat(ReportCodec.decode(ReportCodec.encode(REPORT))).isEqualTo(REPORT);
    GatewayReport least =
        new GatewayReport(
            "g1",
            "c",
            0,
            List.of(),
            "",
            100,
            false,
            "",
            "",
            "",
            0,
            0,
            new GatewayReport.Readings(0, 0, 0, Map.of()),
            List.of(),
            0);
    assertThat(ReportCodec.decode(ReportCodec.encode(least))).isEqualTo(least);
  }

  @Test
  void protobufReadsTheSame() throws Exception {
    byte[] bytes = ReportCodec.encode(REPORT);
    io.tidemark.wire.generated.GatewayReport proto =
        io.tidemark.wire.generated.GatewayReport.parseFrom(bytes);

    assertThat(proto.getGateway()).isEqualTo("g1");
    assertThat(proto.getCluster()).isEqualTo("0123456789abcdef");
    assertThat(proto.getMembersList()).containsExactly("g1", "g2", "g3");
    assertThat(proto.getCanCommit()).isTrue();
    assertThat(proto.getIntervalMillis()).isEqualTo(5_000);
    assertThat(proto.getForwarded()).isEqualTo(980);
    assertThat(proto.getRefused(1).getReason()).isEqualTo("rate");
    assertThat(proto.getReplicas(0).getOldestMillis()).isEqualTo(35_000);
    assertThat(proto.getReplicas(1).getLeader()).isEmpty();
    assertThat(proto.getReplicas(1).getLag()).isEqualTo(4);
    assertThat(proto.getAccessVersion()).isEqualTo(1_764_226_800_123L);
    assertThat(proto.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void whatALaterVersionAddsIsPassedOver() throws Exception {
    byte[] bytes = ReportCodec.encode(REPORT);
    byte[] more = Arrays.copyOf(bytes, bytes.length + 4);
    more[bytes.length] = (byte) 0xa0; // field 20, a number
    more[bytes.length + 1] = 0x01;
    more[bytes.length + 2] = (byte) 0x80;
    more[bytes.length + 3] = 0x01;

    assertThat(ReportCodec.decode(more)).isEqualTo(REPORT);
  }

  @Test
  void anotherVersionIsRefused() {
    byte[] bytes = ReportCodec.encode(REPORT);
    bytes[1] = 2;

    assertThatThrownBy(() -> ReportCodec.decode(bytes))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("version is 2");
  }

  @Test
  void theLargestFitsAndMoreIsRefused() throws Exception {
    String name = "n".repeat(62);
    List<String> names = IntStream.range(10, 74).mapToObj(i -> name + i).toList();
    Map<String, Long> reasons =
        names.stream().collect(Collectors.toMap(reason -> reason, reason -> Long.MAX_VALUE));
    long most = Long.MAX_VALUE;
    List<GatewayReport.Replica> replicas =
        names.stream()
            .map(
                group ->
                    new GatewayReport.Replica(
                        group, group, group, most, group, most, most, most, most, most, most, most))
            .toList();
    GatewayReport largest = report("\uffff".repeat(600), reasons, replicas);
    byte[] bytes = ReportCodec.encode(largest);

    assertThat(bytes).hasSizeLessThan(Limits.REPORT_MAX_BYTES);
    assertThat(ReportCodec.decode(bytes)).isEqualTo(largest);
    assertThat(largest.detail()).hasSize(GatewayReport.DETAIL_MAX_CHARS);
    assertThatThrownBy(() -> ReportCodec.decode(new byte[Limits.REPORT_MAX_BYTES + 1]))
        .hasMessageContaining("65537 bytes where a report may have 65536");
    assertThatThrownBy(() -> report("", Map.of(), Collections.nCopies(65, LEADS)))
        .hasMessageContaining("64 replicas at most, but this has 65");
    byte[] again =
        io.tidemark.wire.generated.GatewayReport.parseFrom(bytes).toBuilder()
            .addReplicas(io.tidemark.wire.generated.Replica.newBuilder().setGroup("g"))
            .build()
            .toByteArray();
    assertThatThrownBy(() -> ReportCodec.decode(again))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining("more than 64 replicas");
  }

  @Test
  void whatIsWrongIsNamed() {
    assertRefused(proto().setGateway("a b"), "gateway must be 1 to 64");
    assertRefused(proto().setCluster(""), "cluster must be 1 to 64");
    assertRefused(proto().setIntervalMillis(99), "intervalMillis must be 100 to 3600000");
    assertRefused(proto().setReceived(-1), "received must be a whole number from 0 on");
    assertRefused(proto().setAccessVersion(-1), "accessVersion must be a whole number from 0 on");
    assertRefused(proto().addMembers("/"), "member must be 1 to 64");
    assertRefused(
        proto().addRefused(io.tidemark.wire.generated.Refused.newBuilder().setReason("")),
        "reason must be 1 to 64");
    assertRefused(
        proto().addReplicas(io.tidemark.wire.generated.Replica.newBuilder().setGroup("g1")),
        "role must be 1 to 64");
  }

  private static void assertRefused(
      io.tidemark.wire.generated.GatewayReport.Builder report, String why) {
    assertThatThrownBy(() -> ReportCodec.decode(report.build().toByteArray()))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining(why);
  }

  private static io.tidemark.wire.generated.GatewayReport.Builder proto() {
    try {
      return io.tidemark.wire.generated.GatewayReport.parseFrom(ReportCodec.encode(REPORT))
          .toBuilder();
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Property(tries = 300)
  void anyTextsAndNumbersComeBack(
      @ForAll @StringLength(max = 100) @CharRange(to = '\ud7ff') String detail,
      @ForAll @LongRange(min = 0) long count,
      @ForAll @LongRange(min = 0) long index)
      throws WireFormatException {
    GatewayReport any =
        report(
            detail,
            Map.of("busy", count),
            List.of(
                new GatewayReport.Replica(
                    "g1", "leader", "g1", index, "g1", index, count, 0, count, index, 0, count)));

    assertThat(ReportCodec.decode(ReportCodec.encode(any))).isEqualTo(any);
  }

  @Property
  void anyBytesAreDecodedOrNamed(
      @ForAll @Size(max = 500) byte[] bytes, @ForAll int at, @ForAll byte changed) {
    assertHarmless(bytes);
    byte[] report = ReportCodec.encode(REPORT);
    report[Math.floorMod(at, report.length)] = changed;
    assertHarmless(report);
    assertHarmless(Arrays.copyOf(report, Math.floorMod(at, report.length)));
  }

  private static void assertHarmless(byte[] bytes) {
    try {
      ReportCodec.decode(bytes);
    } catch (WireFormatException e) {
      assertThat(e.offset()).isBetween(0, bytes.length);
    }
  }
}
