package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.LateViews.LatesView;
import io.tidemark.ingest.ledger.Late;
import io.tidemark.ingest.ledger.Lates;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
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

/** Which of a device's readings were stored long after they were taken. */
@Singleton
@Blocking
@Path("/api/v1/devices/{device}/late")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "devices")
@RolesAllowed(Roles.VIEWER)
public class LateResource {
  private static final int ITEMS_MAX = 1_000;

  private final Lates lates;

  @Inject
  LateResource(Lates lates) {
    this.lates = lates;
  }

  @GET
  @Operation(
      summary = "Readings that were stored late, and by how much",
      description =
          "By when they were taken; at most 1,000 stretches, those taken last. Of each epoch 500 are kept: beyond them neighbours become one. What was stored before there was this record, or is known from the rows alone, is in none.")
  public LatesView late(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Parameter(description = "RFC 3339, inclusive; else from the beginning") @QueryParam("from")
          @Nullable String from,
      @Parameter(description = "RFC 3339, exclusive; else to the end") @QueryParam("to")
          @Nullable String to)
      throws SqlUnavailableException {
    long start = Times.parse("from", from, Long.MIN_VALUE);
    long end = Times.parse("to", to, Long.MAX_VALUE);
    if (start >= end) {
      throw ApiException.parameter("from", from, "before to");
    }
    List<Late> found = lates.between(Params.device(device), start, end, ITEMS_MAX + 1);
    boolean more = found.size() > ITEMS_MAX;
    return LatesView.of(lates.after(), more ? found.subList(1, found.size()) : found, more);
  }
}
