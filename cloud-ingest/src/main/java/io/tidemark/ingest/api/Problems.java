package io.tidemark.ingest.api;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Exceptions to answers. */
final class Problems {
  private static final int RETRY_AFTER_SECONDS = 2;

  @ServerExceptionMapper
  Response api(ApiException e) {
    return e.problem().response();
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
    String what = field.isEmpty() ? "the body" : field;
    return new Problem(
            "about:blank",
            "A body is not as it has to be",
            400,
            what + " has another form than it must have: " + e.getOriginalMessage(),
            what)
        .response();
  }

  @ServerExceptionMapper
  Response web(WebApplicationException e) {
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
    return Response.fromResponse(Problem.of(503, title, String.valueOf(e.getMessage())).response())
        .header("Retry-After", RETRY_AFTER_SECONDS)
        .build();
  }
}
