package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.api.Views.QuarantineView;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What could not become a row, and why. */
@Singleton
@Blocking
@Path("/api/v1/quarantine")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "quarantine")
public class QuarantineResource {
  private static final int PAGE_ITEMS = 20;

  private final Quarantine quarantine;

  @Inject
  QuarantineResource(Quarantine quarantine) {
    this.quarantine = quarantine;
  }

  @GET
  @Operation(
      summary = "The quarantine, newest first",
      description =
          "Each item with the bytes it came in. For a payload that is no batch, epoch and sequence are null.")
  public Page<QuarantineView> list(
      @Parameter(description = "Only of this device") @QueryParam("device") @Nullable String device,
      @Parameter(
              description =
                  "Only with this reason: undecodable, device_mismatch, not_finite, reserved_name, time_out_of_range, conflict,"
                      + " too_many_metrics, too_many_kinds, type_conflict, beyond_retention, store_refused")
          @QueryParam("reason")
          @Nullable String reason,
      @Parameter(description = "1 to 100, else 20") @QueryParam("limit") @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException {
    int count = Params.count("limit", limit, PAGE_ITEMS, Quarantine.PAGE_MAX_ITEMS);
    List<Quarantined> items =
        quarantine.list(
            Params.optionalDevice(device),
            reason(reason),
            Cursor.parseNumber(cursor, Long.MAX_VALUE),
            count);
    String next =
        items.size() < count ? null : Cursor.of(Long.toString(items.get(items.size() - 1).id()));
    return new Page<>(items.stream().map(QuarantineResource::view).toList(), next);
  }

  private static @Nullable Reason reason(@Nullable String code) {
    if (code == null || code.isEmpty()) {
      return null;
    }
    return Reason.of(code)
        .orElseThrow(
            () ->
                ApiException.parameter(
                    "reason",
                    code,
                    "one of "
                        + Stream.of(Reason.values())
                            .map(Reason::code)
                            .collect(Collectors.joining(", "))));
  }

  private static QuarantineView view(Quarantined item) {
    return new QuarantineView(
        item.id(),
        item.device(),
        item.epoch(),
        item.sequence(),
        item.reason(),
        item.detail(),
        Times.format(item.receivedAtNanos()),
        Base64.getEncoder().encodeToString(item.payload()));
  }
}
