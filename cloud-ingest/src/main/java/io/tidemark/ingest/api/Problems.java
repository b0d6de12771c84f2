package io.tidemark.ingest.api;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import io.tidemark.ingest.access.Refusal;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Exceptions to answers. */
final class Problems {
  private static final int RETRY_AFTER_SECONDS = 2;
  private static final String BODY = "the body";

  /** How Jackson says it. */
  private static final Pattern TWICE = Pattern.compile("Duplicate field '(.*)'", Pattern.DOTALL);

  private final RoutingContext request;

  /**
   * @param request stands for the one that is being answered
   */
  @Inject
  Problems(RoutingContext request) {
    this.request = request;
  }

  @ServerExceptionMapper
  Response api(ApiException e) {
    Response answer = e.problem().response();
    return e.retryAfterSeconds() == 0 ? answer : retryAfter(answer, e.retryAfterSeconds());
  }

  /** Of a method that says which role it needs; one that does not say is for nobody. */
  @ServerExceptionMapper
  Response forbidden(ForbiddenException e, ResourceInfo resource) {
    return refused(Refusal.role(neededBy(resource)));
  }

  @ServerExceptionMapper
  Response unauthorized(UnauthorizedException e, ResourceInfo resource) {
    return Response.fromResponse(refused(Refusal.nobody(request, neededBy(resource))))
        .header(HttpHeaders.WWW_AUTHENTICATE, Refusal.CHALLENGE)
        .build();
  }

  private static Response refused(Refusal refusal) {
    return Problem.of(refusal.status(), refusal.title(), refusal.detail()).response();
  }

  private static String neededBy(ResourceInfo resource) {
    RolesAllowed ofMethod = resource.getResourceMethod().getAnnotation(RolesAllowed.class);
    RolesAllowed needed =
        ofMethod == null ? resource.getResourceClass().getAnnotation(RolesAllowed.class) : ofMethod;
    return needed == null ? "of nobody" : String.join(" or ", needed.value());
  }

  private static Response retryAfter(Response answer, long seconds) {
    return Response.fromResponse(answer).header(HttpHeaders.RETRY_AFTER, seconds).build();
  }

  @ServerExceptionMapper
  Response store(StoreUnavailableException e) {
    return away("The store is away", e);
  }

  @ServerExceptionMapper
  Response sql(SqlUnavailableException e) {
    return away("The SQL database is away", e);
  }

  @ServerExceptionMapper
  Response json(MismatchedInputException e) {
    String field =
        e.getPath().stream()
            .map(JsonMappingException.Reference::getFieldName)
            .filter(Objects::nonNull)
            .collect(Collectors.joining("."));
    String what = field.isEmpty() ? BODY : field;
    return body(what, what + " has another form than it must have: " + e.getOriginalMessage());
  }

  private static Response body(String what, String detail) {
    return new Problem("about:blank", "A body is not as it has to be", 400, detail, what)
        .response();
  }

  /** What is no JSON, or has a field twice. */
  private static Response unreadable(StreamReadException e) {
    String why = e.getOriginalMessage();
    Matcher twice = TWICE.matcher(why);
    String what = twice.matches() ? twice.group(1) : BODY;
    JsonLocation at = e.getLocation();
    String where =
        at == null ? "" : " (line %d, column %d)".formatted(at.getLineNr(), at.getColumnNr());
    return body(
        what,
        twice.matches()
            ? "%s is there twice%s: send it once".formatted(what, where)
            : "%s cannot be read as JSON%s: %s".formatted(what, where, why));
  }

  @ServerExceptionMapper
  Response web(WebApplicationException e) {
    if (e.getCause() instanceof StreamReadException unread) {
      return unreadable(unread);
    }
    int status = e.getResponse().getStatus();
    Response.ResponseBuilder answer =
        Response.fromResponse(
            Problem.of(status, title(status), String.valueOf(e.getMessage())).response());
    e.getResponse().getHeaders().forEach((name, values) -> copy(answer, name, values));
    return answer.build();
  }

  private static void copy(Response.ResponseBuilder answer, String name, Iterable<Object> values) {
    if (!name.regionMatches(true, 0, "Content-", 0, "Content-".length())) {
      values.forEach(value -> answer.header(name, value));
    }
  }

  private static String title(int status) {
    Response.Status known = Response.Status.fromStatusCode(status);
    return known == null ? "Error" : known.getReasonPhrase();
  }

  private static Response away(String title, Exception e) {
    return retryAfter(
        Problem.of(503, title, String.valueOf(e.getMessage())).response(), RETRY_AFTER_SECONDS);
  }
}
