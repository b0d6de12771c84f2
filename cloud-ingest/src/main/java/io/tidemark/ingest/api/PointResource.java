package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.PointViews.ComparedSeriesView;
import io.tidemark.ingest.api.PointViews.ComparedView;
import io.tidemark.ingest.api.Views.PointView;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.Bucket;
import io.tidemark.ingest.storage.SeriesName;
import io.tidemark.ingest.storage.SeriesQuery;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Metrics of any devices, summed up beside each other. */
@Singleton
@Blocking
@Path("/api/v1/points")
@Tag(name = "devices")
@RolesAllowed(Roles.VIEWER)
public class PointResource {
  private static final int POINTS = 500;
  private static final int POINTS_MAX = 5_000;

  private final TimeSeriesStore store;
  private final Ledger ledger;
  private final Clock clock;

  @Inject
  PointResource(TimeSeriesStore store, Ledger ledger, Clock clock) {
    this.store = store;
    this.ledger = ledger;
    this.clock = clock;
  }

  @GET
  @Produces({MediaType.APPLICATION_JSON, Params.CSV})
  @Operation(
      summary = "Several series at once, summed up by interval",
      description =
          "Numeric metrics of any devices and sensors, 1 to 40, in at most N intervals of one length: mean, min, max and count of each that has"
              + " values. A series may be shifted, to lay another time beside the one asked for: its values are those of from + shift to to + shift,"
              + " cut into intervals at the same places, with the times they have. A series that has no values, or that nobody knows, says so"
              + " itself; the others are answered. As CSV: a line an interval that has values; a series without any has no line, and why is"
              + " said in JSON only.")
  public Response points(
      @Parameter(
              description =
                  "DEVICE/SENSOR/METRIC, or DEVICE/SENSOR/METRIC@SHIFT with an ISO 8601 duration such as -P7D (a week earlier); 1 to 40 times")
          @QueryParam("series")
          List<String> series,
      @Parameter(description = "RFC 3339, inclusive; else an hour before to") @QueryParam("from")
          @Nullable String from,
      @Parameter(description = "RFC 3339, exclusive; else now") @QueryParam("to")
          @Nullable String to,
      @Parameter(description = "1 to 5000 intervals, else 500") @QueryParam("points")
          @Nullable String points,
      @Parameter(description = "csv or json; else by Accept") @QueryParam("format")
          @Nullable String format,
      @HeaderParam("Accept") @Nullable String accept)
      throws StoreUnavailableException, SqlUnavailableException {
    List<SeriesParam> wanted = SeriesParam.parse(series);
    Window window = Window.of(from, to, Params.count("points", points, POINTS, POINTS_MAX), clock);
    boolean csv = Params.isCsv(format, accept);
    List<ComparedSeriesView> found = found(wanted, window);
    // Readings come late, and are replayed: what is true of a time now need not be true again.
    Response.ResponseBuilder answer =
        csv
            ? Response.ok(csv(found), Params.CSV + ";charset=utf-8")
            : Response.ok(
                new ComparedView(
                    Times.format(window.from()),
                    Times.format(window.to()),
                    Duration.ofNanos(window.interval()).toString(),
                    found),
                MediaType.APPLICATION_JSON);
    return answer.header("Cache-Control", "no-store").build();
  }

  /** Asks the store once for each shift there is. */
  private List<ComparedSeriesView> found(List<SeriesParam> wanted, Window window)
      throws StoreUnavailableException, SqlUnavailableException {
    Map<Window, List<SeriesName>> names = new HashMap<>();
    for (SeriesParam one : wanted) {
      names.computeIfAbsent(one.shifted(window), key -> new ArrayList<>()).add(one.name());
    }
    Map<Window, Map<SeriesName, List<Bucket>>> buckets = new HashMap<>();
    for (Map.Entry<Window, List<SeriesName>> entry : names.entrySet()) {
      Window w = entry.getKey();
      buckets.put(
          w,
          store.aggregate(
              new SeriesQuery(entry.getValue(), w.from(), w.to(), w.origin(), w.interval())));
    }
    Absences absences = new Absences(ledger, store);
    List<ComparedSeriesView> views = new ArrayList<>();
    for (SeriesParam one : wanted) {
      Window w = one.shifted(window);
      List<Bucket> own = buckets.getOrDefault(w, Map.of()).getOrDefault(one.name(), List.of());
      Absences.Reason reason = own.isEmpty() ? absences.of(one.name()) : Absences.NONE;
      views.add(
          new ComparedSeriesView(
              one.name().device(),
              one.name().sensor(),
              one.name().metric(),
              Units.of(one.name().metric()),
              one.shift(),
              reason.state().code(),
              reason.detail(),
              own.stream().map(bucket -> PointView.of(bucket, w)).toList()));
    }
    return views;
  }

  /** Names and units have neither a comma nor a quote. */
  private static String csv(List<ComparedSeriesView> series) {
    StringBuilder lines =
        new StringBuilder("device,sensor,metric,unit,shift,time,mean,min,max,count\r\n");
    for (ComparedSeriesView one : series) {
      String head =
          "%s,%s,%s,%s,%s,"
              .formatted(one.device(), one.sensor(), one.metric(), one.unit(), one.shift());
      for (PointView point : one.points()) {
        lines.append(head).append(point.time()).append(',').append(point.mean()).append(',');
        lines.append(point.min()).append(',').append(point.max()).append(',');
        lines.append(point.count()).append("\r\n");
      }
    }
    return lines.toString();
  }
}
