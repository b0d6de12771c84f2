package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidemark.ingest.gateways.GatewayChange;
import io.tidemark.ingest.gateways.GatewayState;
import io.tidemark.ingest.gateways.KnownGateway;
import io.tidemark.wire.GatewayReport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of gateways. */
final class GatewayViews {
  private GatewayViews() {}

  @Schema(description = "A gateway, as it last said it is")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record GatewayView(
      String gateway,
      String cluster,
      @Schema(description = "Of its program; null if it has never reported")
          @Nullable String version,
      @Schema(description = "When its newest report came; null if none ever has")
          @Nullable String heardAt,
      @Schema(
              description =
                  "ready, not-ready, or silent: not heard of for three of its intervals, so nothing here holds for now")
          String state,
      @Schema(description = "Why, in its own words") String detail,
      @Schema(description = "Whether the cluster's members name it") boolean member,
      @Nullable String mqtt,
      @Nullable String coap,
      @Nullable ConnectionsView connections,
      @Nullable GatewayReadingsView readings,
      List<ReplicaView> groups,
      @Schema(
              description =
                  "Whether it has the newest access list; null if it has said nothing of that, as with security off")
          @Nullable Boolean accessListCurrent,
      @Schema(description = "Since when it is shut out; null if it is not")
          @Nullable String shutOutSince) {

    /** One that others name as a member, and that has never reported. */
    static GatewayView unheard(String gateway, String cluster, @Nullable Long shutOut) {
      return new GatewayView(
          gateway,
          cluster,
          null,
          null,
          GatewayState.SILENT.code(),
          "a member that has never reported: it may not reach ingest, or be of an earlier version",
          true,
          null,
          null,
          null,
          null,
          List.of(),
          null,
          shutOut == null ? null : Times.format(shutOut));
    }

    static GatewayView of(
        KnownGateway known, boolean member, long accessVersion, @Nullable Long shutOut) {
      GatewayReport report = known.report();
      return new GatewayView(
          report.gateway(),
          report.cluster(),
          report.software(),
          Times.format(known.heardAtNanos()),
          known.state().code(),
          report.detail(),
          member,
          report.mqtt().isEmpty() ? null : report.mqtt(),
          report.coap().isEmpty() ? null : report.coap(),
          new ConnectionsView(report.connections(), report.requestsInFlight()),
          new GatewayReadingsView(
              report.readings().received(),
              report.readings().committed(),
              report.readings().forwarded(),
              report.readings().refusedInOrder()),
          report.replicas().stream()
              .map(replica -> ReplicaView.of(replica, known.heardAtNanos()))
              .toList(),
          report.accessVersion() == 0 ? null : report.accessVersion() >= accessVersion,
          shutOut == null ? null : Times.format(shutOut));
    }
  }

  record ConnectionsView(
      @Schema(description = "Connected over MQTT") long mqtt,
      @Schema(
              description =
                  "Requests over CoAP, which has no connections, that wait for their answer")
          long coapRequests) {}

  @Schema(description = "Readings since the gateway's process started")
  record GatewayReadingsView(
      long received, long committed, long forwarded, Map<String, Long> refused) {}

  @Schema(description = "A gateway's replica of a group's log")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record ReplicaView(
      String group,
      @Schema(description = "leader, follower, candidate, or closed after a failed write")
          String role,
      @Schema(description = "Who leads it as far as this gateway knows") @Nullable String leader,
      @Schema(description = "Who leads it by preference; null if that gateway was removed")
          @Nullable String home,
      long term,
      long committedIndex,
      long forwardedIndex,
      @Schema(description = "Entries its leader has committed and that are not here yet") long lag,
      @Schema(description = "Committed and not forwarded") long waitingReadings,
      long waitingEntries,
      long logBytes,
      @Schema(
              description =
                  "Since when the oldest entry waits; only of a leader, null if none does")
          @Nullable String waitingSince) {

    static ReplicaView of(GatewayReport.Replica replica, long heardAtNanos) {
      long oldest = TimeUnit.MILLISECONDS.toNanos(replica.oldestMillis());
      return new ReplicaView(
          replica.group(),
          replica.role(),
          replica.leader().isEmpty() ? null : replica.leader(),
          replica.home().isEmpty() ? null : replica.home(),
          replica.term(),
          replica.committedIndex(),
          replica.forwardedIndex(),
          replica.lag(),
          replica.waitingReadings(),
          replica.waitingEntries(),
          replica.logBytes(),
          oldest == 0 ? null : Times.format(heardAtNanos - oldest));
    }
  }

  @Schema(description = "A page of changes, newest first")
  record ChangesView(
      List<ChangeView> items,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String next,
      @Schema(
              description =
                  "What held at from: the last change before it of each gateway and group; on the first page")
          List<ChangeView> standing) {}

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record ChangeView(
      @Schema(description = "When ingest noticed") String time,
      String cluster,
      @Schema(description = "Whom it is about; of a group who leads it, or led it last")
          String gateway,
      @Schema(description = "Null if it is about the gateway itself") @Nullable String group,
      @Schema(
              description =
                  "Of a gateway ready, not-ready, silent or left; of a group leads, leaderless or ended")
          String change,
      @Nullable Long term,
      @Schema(description = "Why, in the gateway's words") @Nullable String detail) {

    static ChangeView of(GatewayChange change) {
      boolean ofGroup = !change.group().isEmpty();
      return new ChangeView(
          Times.format(change.atNanos()),
          change.cluster(),
          change.gateway(),
          ofGroup ? change.group() : null,
          change.change(),
          ofGroup ? change.term() : null,
          change.detail().isEmpty() ? null : change.detail());
    }
  }
}
