package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.AccessViews.EntryView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.AuditQuery;
import io.tidemark.ingest.audit.Entry;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Who has changed what. */
@Singleton
@Blocking
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "access")
@RolesAllowed(Roles.ADMIN)
public class AuditResource {
  private static final int PAGE_ITEMS = 100;
  private static final String CODES =
      "one of " + Stream.of(What.values()).map(What::code).collect(Collectors.joining(", "));

  private final Access access;

  @Inject
  AuditResource(Access access) {
    this.access = access;
  }

  @GET
  @Operation(
      summary = "Who has changed what, newest first",
      description =
          "Logins and failed ones too; of failed ones those of a minute are summed up by user and address.")
  public Page<EntryView> list(
      @Parameter(description = "Only of this user, or \"key NAME\"") @QueryParam("who")
          @Nullable String who,
      @Parameter(description = "Only this, such as user.change") @QueryParam("what")
          @Nullable String what,
      @Parameter(description = "From this time on") @QueryParam("from") @Nullable String from,
      @Parameter(description = "Before this time") @QueryParam("to") @Nullable String to,
      @Parameter(description = "1 to 1,000, else 100") @QueryParam("limit") @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException {
    int count = Params.count("limit", limit, PAGE_ITEMS, Audit.PAGE_MAX);
    List<Entry> found =
        access.audit(
            new AuditQuery(
                Params.emptyToNull(who),
                what(what),
                Times.parse("from", from, Long.MIN_VALUE),
                Times.parse("to", to, Long.MAX_VALUE),
                Cursor.parseNumber(cursor, Long.MAX_VALUE),
                count));
    String next =
        found.size() < count ? null : Cursor.of(Long.toString(found.get(found.size() - 1).id()));
    return new Page<>(found.stream().map(EntryView::of).toList(), next);
  }

  private static @Nullable What what(@Nullable String code) {
    if (code == null || code.isEmpty()) {
      return null;
    }
    return What.of(code).orElseThrow(() -> ApiException.parameter("what", code, CODES));
  }
}
