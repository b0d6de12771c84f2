package io.tidemark.ingest.accesslist;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Routes;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code GET /intake/v1/access-list}: what gateways are told about who may come in. */
@Singleton
@Blocking
@Path(Routes.ACCESS_LIST_PATH)
@Tag(name = "intake")
@RolesAllowed(Roles.GATEWAY)
public class AccessListResource {
  private static final Pattern TAG = Pattern.compile("\"(\\d{1,16})\"");

  /** Nothing raises the version above that: so it can always be raised once more. */
  private static final long ASKED_MAX = Limits.NUMBER_MAX / 2;

  private final AccessLists lists;
  private final SignedLists signed;

  @Inject
  AccessListResource(AccessLists lists, SignedLists signed) {
    this.lists = lists;
    this.signed = signed;
  }

  @GET
  @Produces(Routes.ACCESS_LIST_CONTENT_TYPE)
  @Operation(
      summary = "What gateways are told about who may come in",
      description =
          "All of it, as access.proto says, signed by ingest. The ETag is its version; a gateway that says in If-None-Match that it has a higher one than there is here gets this list with a version above that.")
  @APIResponse(responseCode = "200", description = "The list")
  @APIResponse(responseCode = "304", description = "It is the one the gateway has")
  @APIResponse(responseCode = "400", description = "If-None-Match is no version")
  @APIResponse(responseCode = "409", description = "Security is off, so that nobody can sign it")
  public Response get(
      @Parameter(description = "The version the gateway has, such as \"1764226800123\"")
          @HeaderParam("If-None-Match")
          @Nullable String ifNoneMatch)
      throws SqlUnavailableException {
    long known = ifNoneMatch == null ? 0 : version(ifNoneMatch);
    AccessLists.Encoded now = known > ASKED_MAX ? lists.current() : lists.above(known);
    if (now.list().version() < known) {
      throw new BadRequestException("there never was a version as high as " + known);
    }
    long version = now.list().version();
    Response.ResponseBuilder answer =
        version == known ? Response.notModified() : Response.ok(signed.of(now));
    return answer
        .header("ETag", "\"%d\"".formatted(version))
        .header("Cache-Control", "no-store")
        .build();
  }

  private static long version(String ifNoneMatch) {
    Matcher tag = TAG.matcher(ifNoneMatch.strip());
    if (!tag.matches()) {
      throw new BadRequestException(
          "If-None-Match must be a version as it was given in ETag, such as \"1764226800123\"");
    }
    return Long.parseLong(tag.group(1));
  }
}
