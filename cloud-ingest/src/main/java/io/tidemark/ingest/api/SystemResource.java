package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.sql.Statement;
import java.time.Clock;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The ingest that answers: its version, clock and disk, and whether its stores answer. */
@Singleton
@Blocking
@Path("/api/v1/system")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "system")
@RolesAllowed(Roles.VIEWER)
public class SystemResource {
  private static final String JDBC = "jdbc:";

  private final SystemState state;
  private final TimeSeriesStore store;
  private final Sql sql;
  private final Clock clock;

  @Inject
  SystemResource(SystemState state, TimeSeriesStore store, Sql sql, Clock clock) {
    this.state = state;
    this.store = store;
    this.sql = sql;
    this.clock = clock;
  }

  /** All of it. */
  @Schema(name = "System")
  public record SystemView(
      @Schema(description = "Version of this program") String software,
      @Schema(description = "This machine's clock, to the millisecond") String time,
      @Schema(description = "Of the data folder") DiskView disk,
      StoreView rows,
      StoreView sql) {}

  /** A disk. */
  @Schema(name = "Disk")
  public record DiskView(long freeBytes, long totalBytes) {}

  /** A store. */
  @Schema(name = "Store")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  public record StoreView(
      @Schema(description = "embedded or influx; sqlite or postgresql") String kind,
      @Schema(description = "Why it does not answer; null if it does") @Nullable String trouble) {}

  @GET
  @Operation(
      summary = "This ingest: version, clock, disk, and whether its stores answer",
      description =
          "Both stores are asked. Of several ingests behind one address the one that answers.")
  public SystemView system() throws IOException {
    FileStore disk = Files.getFileStore(state.data().toAbsolutePath());
    return new SystemView(
        state.software(),
        Times.format(clock.millis() * 1_000_000),
        new DiskView(disk.getUsableSpace(), disk.getTotalSpace()),
        new StoreView(state.rows(), rowsTrouble()),
        new StoreView(kind(sql.url()), sqlTrouble()));
  }

  /** {@code sqlite} of {@code jdbc:sqlite:...}. */
  private static String kind(String url) {
    String without = url.startsWith(JDBC) ? url.substring(JDBC.length()) : url;
    int end = without.indexOf(':');
    return end < 0 ? without : without.substring(0, end);
  }

  private @Nullable String rowsTrouble() {
    try {
      store.check();
      return null;
    } catch (StoreUnavailableException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private @Nullable String sqlTrouble() {
    try {
      Boolean unused =
          sql.read(
              connection -> {
                try (Statement statement = connection.createStatement()) {
                  return statement.execute("SELECT 1");
                }
              });
      return null;
    } catch (SqlUnavailableException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
