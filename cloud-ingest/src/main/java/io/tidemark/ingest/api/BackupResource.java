package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.backup.BackupException;
import io.tidemark.ingest.backup.BackupState;
import io.tidemark.ingest.backup.Backups;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** A copy of what this ingest keeps itself, in its data folder. */
@Singleton
@Blocking
@Path("/api/v1/backup")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "system")
@RolesAllowed(Roles.ADMIN)
public class BackupResource {
  private static final int CONFLICT = 409;

  private final Backups backups;
  private final Audit audit;
  private final Caller caller;

  @Inject
  BackupResource(Backups backups, Audit audit, Caller caller) {
    this.backups = backups;
    this.audit = audit;
    this.caller = caller;
  }

  /** How the copy stands. */
  @Schema(name = "Backup")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  public record BackupView(
      @Schema(description = "none, copying, ready, or failed") String state,
      long copiedBytes,
      @Schema(description = "About, while it is made") long totalBytes,
      @Schema(description = "For how long no row could be written") long pausedMillis,
      @Schema(description = "Where it is, below the data folder; null unless it is ready")
          @Nullable String folder,
      @Schema(description = "Whether the SQL database is in it: not where that is PostgreSQL")
          boolean sql,
      @Schema(description = "Whether the rows are in it: not where those are in InfluxDB")
          boolean rows,
      @Schema(description = "Why it has failed") @Nullable String why) {

    static BackupView of(BackupState state) {
      return new BackupView(
          state.stage().name().toLowerCase(Locale.ROOT),
          state.copiedBytes(),
          state.totalBytes(),
          state.pausedMillis(),
          state.stage() == BackupState.Stage.READY ? Backups.READY : null,
          state.sql(),
          state.rows(),
          state.why());
    }
  }

  @GET
  @Operation(summary = "How the copy stands", description = "Of this ingest since its start.")
  public BackupView show() {
    return BackupView.of(backups.state());
  }

  @POST
  @Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
  @Operation(
      summary = "Begin a copy of SQLite and the embedded store, in ingest's data folder",
      description =
          "No row is written while rows are copied; gateways keep them meanwhile. ./tidemark backup does this, takes the copy away and checks it.")
  @APIResponse(responseCode = "202", description = "It is begun")
  @APIResponse(responseCode = "409", description = "One is under way, or there is no room")
  public Response begin() throws IOException, SqlUnavailableException {
    try {
      backups.begin(() -> audit.add(caller.actor(), What.BACKUP, "", Map.of()));
    } catch (BackupException e) {
      throw ApiException.of(CONFLICT, "No copy was begun", String.valueOf(e.getMessage()));
    }
    return Response.accepted(BackupView.of(backups.state())).build();
  }

  @DELETE
  @Operation(
      summary = "Remove the copy",
      description = "Also what is left of one that did not end.")
  public BackupView remove() throws IOException {
    try {
      backups.remove();
    } catch (BackupException e) {
      throw ApiException.of(CONFLICT, "Nothing was removed", String.valueOf(e.getMessage()));
    }
    return BackupView.of(backups.state());
  }
}
