package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.TokenViews.TokenRequest;
import io.tidemark.ingest.api.TokenViews.TokenView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.identity.CertificateAuthority;
import io.tidemark.ingest.identity.Token;
import io.tidemark.ingest.identity.Tokens;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Enrolment tokens: made, listed, withdrawn. */
@Singleton
@Blocking
@Path("/api/v1/enrolment-tokens")
@RolesAllowed(Roles.ADMIN)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "enrolment")
public class TokenResource {
  private static final int PAGE_ITEMS = 100;
  private static final int PAGE_MAX_ITEMS = 1_000;
  private static final int CONFLICT = 409;

  private final Tokens tokens;
  private final CertificateAuthority authority;
  private final Clock clock;
  private final Caller caller;

  @Inject
  TokenResource(Tokens tokens, CertificateAuthority authority, Clock clock, Caller caller) {
    this.caller = caller;
    this.tokens = tokens;
    this.authority = authority;
    this.clock = clock;
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Make an enrolment token",
      description =
          "The answer has the token itself, which is not kept and is never shown again: who has it can enrol. 409 if there are 1,000 that can be used.")
  @APIResponse(
      responseCode = "201",
      description = "Made",
      content = @Content(schema = @Schema(implementation = TokenView.class)))
  public Response make(@Nullable TokenRequest request, @Context UriInfo uri)
      throws SqlUnavailableException, GeneralSecurityException {
    requireOn();
    if (request == null) {
      throw ApiException.parameter("the body", "", "a JSON object");
    }
    Token.Spec spec = request.checked();
    URI asked = uri.getBaseUri();
    List<URI> urls = request.urls(URI.create("https://" + asked.getRawAuthority()));
    Tokens.Made made =
        tokens
            .make(caller.actor(), spec, request.validity())
            .orElseThrow(
                () ->
                    ApiException.of(
                        CONFLICT,
                        "Too many tokens",
                        "there are %d enrolment tokens that can be used: withdraw one"
                            .formatted(Tokens.GOOD_MAX)));
    String text =
        new EnrolmentToken(made.secret(), EstClient.fingerprint(authority.root()), urls).text();
    return Response.created(URI.create("/api/v1/enrolment-tokens/" + made.token().id()))
        .header("Cache-Control", "no-store")
        .entity(TokenView.of(made.token(), text, now()))
        .build();
  }

  @GET
  @Operation(
      summary = "The enrolment tokens, newest first",
      description = "Without what is secret. One is forgotten 90 days after its end.")
  public Page<TokenView> list(
      @Parameter(description = "How many, 1 to 1,000; 100 if absent") @QueryParam("limit")
          @Nullable String limit,
      @Parameter(description = "next of the last page") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException {
    requireOn();
    int count = Params.count("limit", limit, PAGE_ITEMS, PAGE_MAX_ITEMS);
    List<Token> found = tokens.list(Cursor.parseNumber(cursor, Long.MAX_VALUE), count + 1);
    List<Token> shown = found.subList(0, Math.min(count, found.size()));
    long now = now();
    return new Page<>(
        shown.stream().map(token -> TokenView.of(token, null, now)).toList(),
        found.size() > count ? Cursor.of(Long.toString(shown.get(shown.size() - 1).id())) : null);
  }

  @DELETE
  @Path("{id}")
  @Operation(
      summary = "Withdraw an enrolment token",
      description = "Nobody can enrol with it any more; who has enrolled with it stays.")
  @APIResponse(responseCode = "204", description = "It is withdrawn")
  public void withdraw(@Parameter(description = "The token's id") @PathParam("id") String id)
      throws SqlUnavailableException {
    requireOn();
    if (!tokens.withdraw(caller.actor(), Params.number("id", id))) {
      throw ApiException.notFound("there is no enrolment token " + id);
    }
  }

  private void requireOn() {
    if (!authority.isOpen()) {
      throw ApiException.notFound("there are no enrolment tokens here: tidemark.security is off");
    }
  }

  private long now() {
    return clock.millis() * 1_000_000;
  }
}
