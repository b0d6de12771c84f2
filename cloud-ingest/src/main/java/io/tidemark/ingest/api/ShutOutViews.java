package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.accesslist.ShutOuts.Period;
import io.tidemark.ingest.gateways.GatewayState;
import io.tidemark.ingest.gateways.KnownGateway;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of who is shut out. */
final class ShutOutViews {
  private ShutOutViews() {}

  @Schema(description = "Whether somebody is shut out, when it was, and who knows of it")
  record ShutOutView(
      String name,
      @Schema(description = "Whether it is now") boolean shutOut,
      @Schema(description = "Now and before, the newest first; at most 100")
          List<PeriodView> periods,
      @Schema(
              description =
                  "Gateways that are heard of and not shut out, and whether each has the list of now")
          List<HolderView> gateways) {

    static ShutOutView of(
        String name, List<Period> periods, List<KnownGateway> gateways, long version) {
      return new ShutOutView(
          name,
          !periods.isEmpty() && periods.get(0).lasts(),
          periods.stream().map(PeriodView::of).toList(),
          gateways.stream()
              .filter(gateway -> gateway.state() != GatewayState.SILENT)
              .map(gateway -> HolderView.of(gateway, version))
              .toList());
    }
  }

  @Schema(description = "A time for which somebody was shut out")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record PeriodView(
      String from,
      @Schema(description = "Null as long as it lasts") @Nullable String to,
      @Schema(description = "Who has shut it out") String by,
      String why,
      @Schema(description = "Who has let it back in") @Nullable String letInBy) {
    static PeriodView of(Period period) {
      return new PeriodView(
          Times.format(period.fromNanos()),
          Times.formatIfAny(period.toNanos()),
          period.by(),
          period.why(),
          period.letInBy());
    }
  }

  record HolderView(
      String gateway,
      String cluster,
      @Schema(description = "False: it has not got the newest list, or has not said so yet")
          boolean current) {
    static HolderView of(KnownGateway gateway, long version) {
      return new HolderView(
          gateway.report().gateway(),
          gateway.report().cluster(),
          gateway.report().accessVersion() >= version);
    }
  }

  @Schema(description = "Why somebody is to be shut out")
  record ShutOutRequest(
      @Schema(description = "One line of 1 to 500 characters, for those who wonder later")
          @Nullable String why) {
    String checked() {
      String line = Texts.line("why", why, ShutOuts.WHY_MAX_CHARS);
      if (line.isEmpty()) {
        throw ApiException.parameter(
            "why", line, "one line of 1 to %d characters".formatted(ShutOuts.WHY_MAX_CHARS));
      }
      return line;
    }
  }
}
