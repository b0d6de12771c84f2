package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.api.Views.PointView;
import io.tidemark.ingest.api.Views.PointsView;
import io.tidemark.ingest.api.Views.ReadingView;
import io.tidemark.ingest.api.Views.SeriesView;
import io.tidemark.ingest.storage.AggregateQuery;
import io.tidemark.ingest.storage.Bucket;
import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.SummedUp;
import io.tidemark.ingest.storage.TimeSeriesStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** A device's readings: one by one, as CSV, or summed up. */
@Singleton
@Blocking
@Path("/api/v1/devices/{device}/readings")
@Tag(name = "devices")
@RolesAllowed(Roles.VIEWER)
public class ReadingResource {
  private static final int PAGE_ITEMS = 1_000;
  private static final int PAGE_MAX_ITEMS = 10_000;
  private static final int POINTS_MAX = 5_000;
  private static final int BUCKETS_MAX = 200_000;
  private static final Duration WITHIN_MAX = Duration.ofMinutes(1);

  private final TimeSeriesStore store;
  private final Clock clock;

  @Inject
  ReadingResource(TimeSeriesStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  @GET
  @Produces({MediaType.APPLICATION_JSON, Params.CSV})
  @Operation(
      summary = "Readings, ascending by time",
      description =
          "Without points: one by one, from inclusive, to exclusive, by default all there are; as CSV a header line and a line"
              + " a reading, streamed. With points=N: numeric metrics in at most N intervals, by default over the last hour; all at"
              + " once and as JSON, so not with limit, cursor or CSV (/api/v1/points has both). With within=PT0.3S too: what is"
              + " summed up by then, newest first; summedFrom says from when on that is all there is. Ask again at once for more.")
  public Response readings(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Parameter(description = "Only this sensor's") @QueryParam("sensor") @Nullable String sensor,
      @Parameter(description = "RFC 3339, inclusive") @QueryParam("from") @Nullable String from,
      @Parameter(description = "RFC 3339, exclusive") @QueryParam("to") @Nullable String to,
      @Parameter(description = "1 to 5000: sum up") @QueryParam("points") @Nullable String points,
      @Parameter(
              description =
                  "With points: how long that may take, about; up to PT1M, else until all is summed up")
          @QueryParam("within")
          @Nullable String within,
      @Parameter(description = "JSON: 1 to 10000, else 1000. CSV: at most so many lines, else all")
          @QueryParam("limit")
          @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor,
      @Parameter(description = "csv or json; else by Accept") @QueryParam("format")
          @Nullable String format,
      @HeaderParam("Accept") @Nullable String accept)
      throws StoreUnavailableException {
    Params.device(device);
    Params.optionalName("sensor", sensor);
    if (points != null && !points.isEmpty()) {
      refuseWithPoints(limit, cursor, format, accept);
      return json(
          points(
              device,
              Params.emptyToNull(sensor),
              from,
              to,
              Params.count("points", points, 1, POINTS_MAX),
              Params.optionalDuration("within", within, WITHIN_MAX)));
    }
    boolean csv = Params.isCsv(format, accept);
    int count =
        csv
            ? TimeSeriesStore.READ_MAX_ROWS
            : Params.count("limit", limit, PAGE_ITEMS, PAGE_MAX_ITEMS);
    ReadQuery query =
        new ReadQuery(
            device,
            Params.emptyToNull(sensor),
            Times.parse("from", from, 0),
            Times.parse("to", to, Long.MAX_VALUE),
            Cursor.parsePosition(cursor),
            count);
    if (csv) {
      long lines = Params.count("limit", limit, Integer.MAX_VALUE, Integer.MAX_VALUE);
      return Response.ok(new CsvExport(store, query, lines), Params.CSV + ";charset=utf-8").build();
    }
    List<Row> rows = store.read(query);
    String next = rows.size() < count ? null : Cursor.of(rows.get(rows.size() - 1).position());
    return json(new Page<>(rows.stream().map(ReadingView::of).toList(), next));
  }

  /** What is summed up comes all at once, and as JSON: whoever asks for it otherwise is told. */
  private static void refuseWithPoints(
      @Nullable String limit,
      @Nullable String cursor,
      @Nullable String format,
      @Nullable String accept) {
    if (Params.emptyToNull(limit) != null) {
      throw ApiException.parameter("limit", limit, "absent with points: N says how many there are");
    }
    if (Params.emptyToNull(cursor) != null) {
      throw ApiException.parameter("cursor", cursor, "absent with points: they come all at once");
    }
    boolean takesJson =
        Params.emptyToNull(format) == null
            && accept != null
            && accept.contains(MediaType.APPLICATION_JSON);
    if (!takesJson && Params.isCsv(format, accept)) {
      throw ApiException.parameter(
          "format", "csv", "json with points; /api/v1/points sums up as CSV too");
    }
  }

  private PointsView points(
      String device,
      @Nullable String sensor,
      @Nullable String from,
      @Nullable String to,
      int points,
      @Nullable Duration within)
      throws StoreUnavailableException {
    Window window = Window.of(from, to, points, clock);
    AggregateQuery query =
        new AggregateQuery(
            device,
            sensor,
            window.from(),
            window.to(),
            window.origin(),
            window.interval(),
            BUCKETS_MAX);
    SummedUp found =
        within == null
            ? SummedUp.all(query, store.aggregate(query))
            : store.aggregate(query, within);
    if (found.buckets().size() == BUCKETS_MAX) {
      throw ApiException.parameter(
          "points",
          Integer.toString(points),
          "so that metrics x points stay below %d: ask for fewer, or for one sensor"
              .formatted(BUCKETS_MAX));
    }
    return new PointsView(
        Duration.ofNanos(window.interval()).toString(),
        found.fromNanos() == window.from() ? null : Times.format(found.fromNanos()),
        series(found.buckets(), window));
  }

  private static List<SeriesView> series(List<Bucket> buckets, Window window) {
    List<SeriesView> series = new ArrayList<>();
    List<PointView> points = new ArrayList<>();
    String sensor = "";
    String metric = "";
    for (Bucket bucket : buckets) {
      if (!bucket.sensor().equals(sensor) || !bucket.metric().equals(metric)) {
        sensor = bucket.sensor();
        metric = bucket.metric();
        points = new ArrayList<>();
        series.add(new SeriesView(sensor, metric, Units.of(metric), points));
      }
      points.add(PointView.of(bucket, window));
    }
    return series;
  }

  private static Response json(Object entity) {
    return Response.ok(entity, MediaType.APPLICATION_JSON).build();
  }
}
