package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.Gaps.Gap;
import io.tidemark.ingest.api.Views.GapView;
import io.tidemark.ingest.api.Views.GapsView;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.UnstoredEpoch;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.AggregateQuery;
import io.tidemark.ingest.storage.NumberSpan;
import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** When a device's readings are not there, and why. */
@Singleton
@Blocking
@Path("/api/v1/devices/{device}/gaps")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "devices")
@RolesAllowed(Roles.VIEWER)
public class GapResource {
  private static final int POINTS = 500;
  private static final int POINTS_MAX = 5_000;

  /**
   * Epochs are few: where there are more in most intervals, {@code more} says that some are left
   * out.
   */
  private static final int EPOCHS_MAX = 40;

  private static final int GAPS_MAX = 1_000;

  private final Ledger ledger;
  private final TimeSeriesStore store;
  private final Clock clock;

  @Inject
  GapResource(Ledger ledger, TimeSeriesStore store, Clock clock) {
    this.ledger = ledger;
    this.store = store;
    this.clock = clock;
  }

  @GET
  @Operation(
      summary = "Stretches of time without a row of what was produced, and why",
      description =
          "Of readings that are missing, waiting, quarantined or dropped, by time; each lies between the rows before and after it, as exactly as the intervals are long. At most 1,000, the newest. An epoch without a row in this time is left out where others have one, unless it is the newest and has none at all.")
  public GapsView gaps(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Parameter(description = "RFC 3339, inclusive; else an hour before to") @QueryParam("from")
          @Nullable String from,
      @Parameter(description = "RFC 3339, exclusive; else now") @QueryParam("to")
          @Nullable String to,
      @Parameter(description = "1 to 5000 intervals, else 500") @QueryParam("points")
          @Nullable String points)
      throws SqlUnavailableException, StoreUnavailableException {
    Params.device(device);
    int count = Params.count("points", points, POINTS, POINTS_MAX);
    Window window = Window.of(from, to, count, clock);
    List<UnstoredEpoch> unstored = ledger.unstored(device);
    if (unstored.stream().allMatch(epoch -> epoch.ranges().isEmpty())) {
      // Most devices: the rows, which may be millions, need not be looked at.
      return new GapsView(Duration.ofNanos(window.interval()).toString(), List.of(), false);
    }
    List<NumberSpan> spans = spans(device, window, count);
    List<Gap> gaps =
        new Gaps(window, spans).of(unstored, spans.isEmpty() ? behind(device, window.to()) : null);
    boolean isCut = gaps.size() > GAPS_MAX;
    List<Gap> newest = isCut ? gaps.subList(gaps.size() - GAPS_MAX, gaps.size()) : gaps;
    boolean more =
        isCut || unstored.stream().anyMatch(UnstoredEpoch::more) || spans.size() == spansMax(count);
    return new GapsView(
        Duration.ofNanos(window.interval()).toString(),
        newest.stream().map(GapView::of).toList(),
        more);
  }

  private List<NumberSpan> spans(String device, Window window, int points)
      throws StoreUnavailableException {
    return store.spans(
        new AggregateQuery(
            device,
            null,
            window.from(),
            window.to(),
            window.origin(),
            window.interval(),
            spansMax(points)));
  }

  private static int spansMax(int points) {
    return (points + 1) * EPOCHS_MAX;
  }

  private @Nullable NumberSpan behind(String device, long time) throws StoreUnavailableException {
    List<Row> rows = store.read(new ReadQuery(device, null, time, Long.MAX_VALUE, null, 1));
    if (rows.isEmpty()) {
      return null;
    }
    Row next = rows.get(0);
    return new NumberSpan(next.key().epoch(), 0, next.sequence(), next.sequence());
  }
}
