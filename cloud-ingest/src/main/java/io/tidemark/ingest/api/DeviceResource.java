package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.api.LateViews.LateSumView;
import io.tidemark.ingest.api.ShutOutViews.PeriodView;
import io.tidemark.ingest.api.Views.DeviceLedgerView;
import io.tidemark.ingest.api.Views.DeviceView;
import io.tidemark.ingest.api.Views.DroppedView;
import io.tidemark.ingest.api.Views.EpochView;
import io.tidemark.ingest.api.Views.MissingView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.api.Views.ReadingView;
import io.tidemark.ingest.api.Views.SumsView;
import io.tidemark.ingest.ledger.Duplicates;
import io.tidemark.ingest.ledger.EpochLedger;
import io.tidemark.ingest.ledger.Lates;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Devices: which there are, what they last said, and whether all of it is here. */
@Singleton
@Blocking
@Path("/api/v1/devices")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "devices")
@RolesAllowed(Roles.VIEWER)
public class DeviceResource {
  private static final int PAGE_ITEMS = 100;
  private static final int PAGE_MAX_ITEMS = 1_000;

  private final Ledger ledger;
  private final TimeSeriesStore store;
  private final DeviceList devices;
  private final Lates lates;
  private final ShutOuts shutOuts;

  @Inject
  DeviceResource(
      Ledger ledger, Lates lates, TimeSeriesStore store, DeviceList devices, ShutOuts shutOuts) {
    this.shutOuts = shutOuts;
    this.ledger = ledger;
    this.lates = lates;
    this.store = store;
    this.devices = devices;
  }

  @GET
  @Operation(
      summary = "Devices, with their sums and what the registry says",
      description = "Every device of which anything valid came, by id if not asked otherwise.")
  public Page<DeviceView> devices(
      @BeanParam DeviceParams wanted,
      @Parameter(description = "1 to 1000, else 100") @QueryParam("limit") @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException, StoreUnavailableException {
    return devices.page(
        DeviceQuery.of(wanted), cursor, Params.count("limit", limit, PAGE_ITEMS, PAGE_MAX_ITEMS));
  }

  @GET
  @Path("{device}")
  @Operation(summary = "One device")
  public DeviceView device(
      @Parameter(description = "The device's id") @PathParam("device") String device)
      throws SqlUnavailableException, StoreUnavailableException {
    DeviceView found = devices.one(Params.device(device));
    if (found == null) {
      throw unknown(device);
    }
    return found;
  }

  @GET
  @Path("{device}/latest")
  @Operation(summary = "The newest reading of each of a device's sensors")
  public Page<ReadingView> latest(
      @Parameter(description = "The device's id") @PathParam("device") String device)
      throws StoreUnavailableException {
    return new Page<>(
        store.latest(Params.device(device)).stream().map(ReadingView::of).toList(), null);
  }

  @GET
  @Path("{device}/ledger")
  @Operation(
      summary = "What became of a device's readings",
      description =
          "By epoch; missing numbers are named, with the time since when they have been missing. late is a part of what is stored. While duplicatesCheckedAt is null, no duplicates are known, and the verdict is without them.")
  public DeviceLedgerView ledger(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Parameter(
              description =
                  "true: count duplicates now, by a pass over all rows; else it is what the last such pass found, and duplicatesCheckedAt says when")
          @QueryParam("fresh")
          @Nullable String fresh)
      throws SqlUnavailableException, StoreUnavailableException {
    String known = Params.device(device);
    Duplicates duplicates = ledger.duplicates(Params.flag("fresh", fresh, false));
    List<EpochLedger> epochs = ledger.epochs(known, duplicates);
    if (epochs.isEmpty()) {
      throw unknown(device);
    }
    Sums totals = epochs.stream().map(EpochLedger::sums).reduce(Sums.ZERO, Sums::plus);
    return new DeviceLedgerView(
        device,
        Views.verdict(totals),
        SumsView.of(totals),
        Times.formatIfAny(duplicates.checkedAtNanos()),
        LateSumView.of(lates.sum(device)),
        shutOuts.of(new Identity(Role.DEVICE, known)).stream().map(PeriodView::of).toList(),
        epochs.stream().map(DeviceResource::view).toList());
  }

  static ApiException unknown(String device) {
    return ApiException.notFound(
        "nothing valid has come of device " + device + "; see /api/v1/devices");
  }

  private static EpochView view(EpochLedger epoch) {
    Sums sums = epoch.sums();
    return new EpochView(
        epoch.epoch(),
        sums.produced(),
        sums.waiting(),
        sums.stored(),
        sums.quarantined(),
        sums.dropped(),
        sums.missing(),
        sums.duplicates(),
        sums.redelivered(),
        epoch.watermark(),
        Times.format(epoch.firstSeenNanos()),
        Times.format(epoch.lastSeenNanos()),
        epoch.missing().stream()
            .map(
                range ->
                    new MissingView(range.first(), range.last(), Times.format(range.sinceNanos())))
            .toList(),
        epoch.dropped().stream()
            .map(range -> new DroppedView(range.first(), range.last(), range.reason()))
            .toList(),
        epoch.more());
  }
}
