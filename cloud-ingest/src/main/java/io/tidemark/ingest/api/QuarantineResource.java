package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.QuarantineViews.DiscardRequest;
import io.tidemark.ingest.api.QuarantineViews.OutcomeView;
import io.tidemark.ingest.api.QuarantineViews.QuarantineGroupView;
import io.tidemark.ingest.api.QuarantineViews.QuarantineItemView;
import io.tidemark.ingest.api.QuarantineViews.QuarantineSummaryView;
import io.tidemark.ingest.api.QuarantineViews.QuarantineView;
import io.tidemark.ingest.api.QuarantineViews.QuarantinedBatchView;
import io.tidemark.ingest.api.QuarantineViews.QuarantinedReadingView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.intake.Intake;
import io.tidemark.ingest.intake.QuarantineActions;
import io.tidemark.ingest.intake.QuarantineActions.Outcome;
import io.tidemark.ingest.quarantine.Group;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.ingest.quarantine.Selection;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
@RolesAllowed(Roles.VIEWER)
public class QuarantineResource {
  private static final int PAGE_ITEMS = 20;
  private static final String REASONS =
      "one of " + Stream.of(Reason.values()).map(Reason::code).collect(Collectors.joining(", "));

  private static final int NOTE_MAX_CHARS = 200;

  private final Quarantine quarantine;
  private final QuarantineActions actions;
  private final Caller caller;
  private final Clock clock;

  @Inject
  QuarantineResource(Quarantine quarantine, Intake intake, Caller caller, Clock clock) {
    this.quarantine = quarantine;
    this.caller = caller;
    this.clock = clock;
    this.actions = intake.quarantineActions();
  }

  @GET
  @Operation(
      summary = "The quarantine, newest first",
      description =
          "Each item with the bytes it came in, unless payload is false. For a payload that was set aside whole, epoch and sequence are null.")
  public Page<QuarantineView> list(
      @Parameter(description = "Only of this device") @QueryParam("device") @Nullable String device,
      @Parameter(
              description =
                  "Only with this reason: undecodable, device_mismatch, sequence_jump, not_finite, reserved_name, time_out_of_range, conflict,"
                      + " too_many_metrics, too_many_kinds, type_conflict, beyond_retention, store_refused")
          @QueryParam("reason")
          @Nullable String reason,
      @Parameter(description = "1 to 100, else 20") @QueryParam("limit") @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor,
      @Parameter(description = "false: without payloadBase64") @QueryParam("payload")
          @Nullable String payload)
      throws SqlUnavailableException {
    int count = Params.count("limit", limit, PAGE_ITEMS, Quarantine.PAGE_MAX_ITEMS);
    boolean bytes = Params.flag("payload", payload, true);
    List<Quarantined> items =
        quarantine.list(
            Params.optionalDevice(device),
            reason(reason),
            Cursor.parseNumber(cursor, Long.MAX_VALUE),
            count,
            bytes);
    String next =
        items.size() < count ? null : Cursor.of(Long.toString(items.get(items.size() - 1).id()));
    return new Page<>(items.stream().map(item -> view(item, bytes)).toList(), next);
  }

  @GET
  @Path("summary")
  @Operation(
      summary = "How full the quarantine is, and of what",
      description =
          "items, bytes and their bounds are of all of it; groups and itemsByReason of the device, if one is given.")
  public QuarantineSummaryView summary(
      @Parameter(description = "Count only this device's by reason") @QueryParam("device")
          @Nullable String device)
      throws SqlUnavailableException {
    Quarantine.Size size = quarantine.size();
    List<Group> groups =
        quarantine.groups(Params.optionalDevice(device), Times.nanos(clock.instant()));
    Map<String, Long> itemsByReason = new TreeMap<>();
    groups.forEach(group -> itemsByReason.put(group.reason().code(), group.items()));
    return new QuarantineSummaryView(
        size.items(),
        size.bytes(),
        quarantine.maxItems(),
        quarantine.maxBytes(),
        itemsByReason,
        groups.stream().map(QuarantineGroupView::of).toList());
  }

  @GET
  @Path("{id}")
  @Operation(
      summary = "One item, decoded as far as it can be",
      description =
          "reading is the item's; null if the item is a whole payload. batch is what the payload says of itself; null if it is no batch.")
  public QuarantineItemView item(
      @Parameter(description = "The item's id") @PathParam("id") String id)
      throws SqlUnavailableException {
    Quarantined item = find(id);
    return new QuarantineItemView(
        view(item, true),
        QuarantineActions.reading(item).map(QuarantinedReadingView::of).orElse(null),
        QuarantineActions.batch(item)
            .map(batch -> QuarantinedBatchView.of(item, batch))
            .orElse(null));
  }

  @GET
  @Path("{id}/payload")
  @Produces(MediaType.APPLICATION_OCTET_STREAM)
  @Operation(summary = "The bytes an item came in, as a file")
  public Response payload(@Parameter(description = "The item's id") @PathParam("id") String id)
      throws SqlUnavailableException {
    Quarantined item = find(id);
    return Response.ok(item.payload())
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            "attachment; filename=\"tidemark-quarantine-%d.bin\"".formatted(item.id()))
        .build();
  }

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Path("{id}/replay")
  @Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
  @Operation(
      summary = "Deliver an item's bytes again, by today's rules",
      description =
          "outcome stored: its reading is a row now, and the item is gone; a whole payload's readings are rows, or items of their own. refused: it stays, with the reason it has now.")
  public OutcomeView replay(@Parameter(description = "The item's id") @PathParam("id") String id)
      throws SqlUnavailableException, StoreUnavailableException {
    return actions
        .by(caller.actor())
        .replay(Params.number("id", id))
        .map(outcome -> replayed(outcome))
        .orElseThrow(() -> unknown(id));
  }

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Path("replay")
  @Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
  @Operation(
      summary = "Replay items of a reason, oldest first",
      description = "Up to limit items a call; pass next as cursor until it is null.")
  public Page<OutcomeView> replayAll(
      @Parameter(description = "With this reason, which has to be given") @QueryParam("reason")
          @Nullable String reason,
      @Parameter(description = "Only of this device") @QueryParam("device") @Nullable String device,
      @Parameter(description = "1 to 1,000, else 1,000") @QueryParam("limit")
          @Nullable String limit,
      @Parameter(description = "Only items up to this id: what came since stays")
          @QueryParam("upTo")
          @Nullable String upTo,
      @Parameter(description = "next of the call before") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException, StoreUnavailableException {
    List<Outcome> outcomes =
        actions
            .by(caller.actor())
            .replay(
                selection(reason, device, Cursor.parseNumber(cursor, 0), upTo),
                Params.count(
                    "limit", limit, QuarantineActions.ITEMS_MAX, QuarantineActions.ITEMS_MAX));
    String next =
        outcomes.isEmpty()
            ? null
            : Cursor.of(Long.toString(outcomes.get(outcomes.size() - 1).item().id()));
    return new Page<>(outcomes.stream().map(QuarantineResource::replayed).toList(), next);
  }

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Path("{id}/discard")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Give an item up, with a reason",
      description = "Its number becomes dropped in the ledger, with the reason discarded.")
  public OutcomeView discard(
      @Parameter(description = "The item's id") @PathParam("id") String id,
      @Nullable DiscardRequest request)
      throws SqlUnavailableException {
    return actions
        .by(caller.actor())
        .discard(Params.number("id", id), note(request))
        .map(outcome -> OutcomeView.of(outcome.item(), "dropped"))
        .orElseThrow(() -> unknown(id));
  }

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Path("discard")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Give items of a reason up, oldest first",
      description = "Up to limit items a call; call again until items is empty.")
  public Page<OutcomeView> discardAll(
      @Parameter(description = "With this reason, which has to be given") @QueryParam("reason")
          @Nullable String reason,
      @Parameter(description = "Only of this device") @QueryParam("device") @Nullable String device,
      @Parameter(description = "1 to 1,000, else 1,000") @QueryParam("limit")
          @Nullable String limit,
      @Parameter(description = "Only items up to this id: what came since stays")
          @QueryParam("upTo")
          @Nullable String upTo,
      @Nullable DiscardRequest request)
      throws SqlUnavailableException {
    List<Outcome> outcomes =
        actions
            .by(caller.actor())
            .discard(
                selection(reason, device, 0, upTo),
                Params.count(
                    "limit", limit, QuarantineActions.ITEMS_MAX, QuarantineActions.ITEMS_MAX),
                note(request));
    return new Page<>(
        outcomes.stream().map(outcome -> OutcomeView.of(outcome.item(), "dropped")).toList(), null);
  }

  private static OutcomeView replayed(Outcome outcome) {
    return OutcomeView.of(outcome.item(), outcome.gone() ? "stored" : "refused");
  }

  private Quarantined find(String id) throws SqlUnavailableException {
    return quarantine.find(Params.number("id", id)).orElseThrow(() -> unknown(id));
  }

  private static Selection selection(
      @Nullable String reason, @Nullable String device, long after, @Nullable String upTo) {
    Long last = Params.optionalNumber("upTo", upTo);
    return new Selection(
        requiredReason(reason),
        Params.optionalDevice(device),
        after,
        last == null ? Long.MAX_VALUE : last);
  }

  private static ApiException unknown(String id) {
    return ApiException.notFound(
        "there is no item " + id + " in the quarantine; it may have been replayed or discarded");
  }

  private static String note(@Nullable DiscardRequest request) {
    String note = request == null ? null : request.reason();
    if (note == null || note.isBlank() || note.length() > NOTE_MAX_CHARS) {
      throw ApiException.parameter(
          "reason", note, "1 to 200 characters that say why, in the body: {\"reason\":\"...\"}");
    }
    return note.strip();
  }

  private static Reason requiredReason(@Nullable String code) {
    Reason reason = reason(code);
    if (reason == null) {
      throw ApiException.parameter("reason", code, "given: " + REASONS);
    }
    return reason;
  }

  private static @Nullable Reason reason(@Nullable String code) {
    if (code == null || code.isEmpty()) {
      return null;
    }
    return Reason.of(code).orElseThrow(() -> ApiException.parameter("reason", code, REASONS));
  }

  private static QuarantineView view(Quarantined item, boolean withPayload) {
    return new QuarantineView(
        item.id(),
        item.device(),
        item.epoch(),
        item.sequence(),
        item.reason(),
        item.detail(),
        Times.format(item.receivedAtNanos()),
        item.payloadBytes(),
        withPayload ? Base64.getEncoder().encodeToString(item.payload()) : null);
  }
}
