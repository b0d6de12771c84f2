package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.Views.ActionView;
import io.tidemark.ingest.api.Views.DifferenceView;
import io.tidemark.ingest.api.Views.GroupView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.api.Views.RangeView;
import io.tidemark.ingest.api.Views.RebuildRequest;
import io.tidemark.ingest.api.Views.RebuildView;
import io.tidemark.ingest.api.Views.SumsView;
import io.tidemark.ingest.api.Views.TotalsView;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.intake.Intake;
import io.tidemark.ingest.ledger.Action;
import io.tidemark.ingest.ledger.Actions;
import io.tidemark.ingest.ledger.Duplicates;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.Range;
import io.tidemark.ingest.ledger.RebuildReport;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The ledger of all devices together, and its check against the rows. */
@Singleton
@Blocking
@Path("/api/v1/ledger")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "ledger")
@RolesAllowed(Roles.VIEWER)
public class LedgerResource {
  private static final int PAGE_ACTIONS = 100;

  private final Intake intake;
  private final Ledger ledger;
  private final Actions actions;
  private final Audit audit;
  private final Caller caller;

  @Inject
  LedgerResource(Intake intake, Ledger ledger, Actions actions, Audit audit, Caller caller) {
    this.intake = intake;
    this.ledger = ledger;
    this.actions = actions;
    this.audit = audit;
    this.caller = caller;
  }

  @GET
  @Path("actions")
  @Operation(
      summary = "What was done with what had been set aside, newest first",
      description =
          "Replayed, discarded, or dropped as the quarantine was full; the newest 100,000.")
  public Page<ActionView> actions(
      @Parameter(description = "Only about this device") @QueryParam("device")
          @Nullable String device,
      @Parameter(description = "Only about this item of the quarantine, which may be gone")
          @QueryParam("item")
          @Nullable String item,
      @Parameter(description = "1 to 1,000, else 100") @QueryParam("limit") @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException {
    int count = Params.count("limit", limit, PAGE_ACTIONS, Actions.PAGE_MAX);
    List<Action> found =
        actions.list(
            Params.optionalDevice(device),
            Params.optionalNumber("item", item),
            Cursor.parseNumber(cursor, Long.MAX_VALUE),
            count);
    String next =
        found.size() < count ? null : Cursor.of(Long.toString(found.get(found.size() - 1).id()));
    return new Page<>(found.stream().map(ActionView::of).toList(), next);
  }

  @GET
  @Operation(
      summary = "The sums of everything",
      description =
          "clean: nothing waits, is missing or is doubled, as far as is known: while duplicatesCheckedAt is null, no duplicates are. Sums of one device are in /devices and /devices/{device}/ledger.")
  public TotalsView totals(
      @Parameter(
              description =
                  "true: count duplicates now, by a pass over all rows; else it is what the last such pass found, and duplicatesCheckedAt says when")
          @QueryParam("fresh")
          @Nullable String fresh)
      throws SqlUnavailableException, StoreUnavailableException {
    Duplicates duplicates = ledger.duplicates(Params.flag("fresh", fresh, false));
    Sums totals = ledger.totals(duplicates);
    return new TotalsView(
        Views.verdict(totals),
        SumsView.of(totals),
        ledger.devices(),
        Times.formatIfAny(duplicates.checkedAtNanos()),
        ledger.groups().stream()
            .map(
                group ->
                    new GroupView(
                        group.group(),
                        group.committedIndex(),
                        group.forwardedIndex(),
                        group.leader().isEmpty() ? null : group.leader(),
                        Times.formatIfAny(group.seenAtNanos()),
                        Times.formatIfAny(group.endedAtNanos())))
            .toList());
  }

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Path("rebuild")
  @Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
  @Operation(
      summary = "Recompute what is stored from the rows",
      description =
          "Tells where ledger and rows differ, and repairs the ledger unless {\"dryRun\":true}. Intake waits meanwhile.")
  public RebuildView rebuild(@Nullable RebuildRequest request)
      throws SqlUnavailableException, StoreUnavailableException {
    Boolean dryRun = request == null ? null : request.dryRun();
    RebuildReport report = intake.rebuild(dryRun != null && dryRun);
    audit.add(
        caller.actor(),
        What.REBUILD,
        report.dryRun() ? "dry run" : "",
        Map.of("agreed", report.agreed(), "epochs", report.epochs().size()));
    return new RebuildView(
        report.agreed(),
        report.dryRun(),
        report.epochs().stream()
            .map(
                epoch ->
                    new DifferenceView(
                        epoch.device(),
                        epoch.epoch(),
                        epoch.before(),
                        epoch.after(),
                        epoch.duplicates(),
                        ranges(epoch.added()),
                        ranges(epoch.removed())))
            .toList());
  }

  private static List<RangeView> ranges(List<Range> ranges) {
    return ranges.stream().map(range -> new RangeView(range.first(), range.last())).toList();
  }
}
