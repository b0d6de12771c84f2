package io.tidemark.ingest.intake;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Routes;
import io.tidemark.wire.WireFormatException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPInputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /intake/v1/forward}: bytes in, acknowledgement out. Holds a thread only while it
 * reads the body.
 */
@Singleton
@Path(Routes.FORWARD_PATH)
@Tag(name = "intake", description = "For gateways")
@RolesAllowed(Roles.GATEWAY)
public class ForwardResource {
  /** How long a request waits to be written, in seconds, before it is told to try again. */
  static final int REQUEST_WAIT_MAX_SECONDS = 30;

  private static final String PROBLEM_JSON = "application/problem+json";

  private final Intake intake;

  @Inject
  ForwardResource(Intake intake) {
    this.intake = intake;
  }

  @POST
  @Blocking
  @Consumes(Routes.FORWARD_CONTENT_TYPE)
  @Produces({MediaType.APPLICATION_JSON, PROBLEM_JSON})
  @Operation(
      summary = "Take committed log entries from a gateway",
      description =
          "Answers 200 with {\"tick\":N} only when every reading is a durable row or is committed in the quarantine, and"
              + " the ledger says so. Content is never refused. Without entries it is a heartbeat.")
  @APIResponse(
      responseCode = "200",
      description = "All of it is kept; the tick is to be sent back in later requests")
  @APIResponse(responseCode = "400", description = "The envelope does not decode")
  @APIResponse(responseCode = "413", description = "More than 16 MiB uncompressed")
  @APIResponse(
      responseCode = "503",
      description = "Busy, or store or SQL are away: nothing is promised; see Retry-After")
  public CompletionStage<Response> forward(
      InputStream body,
      @Parameter(description = "gzip, or absent") @HeaderParam("Content-Encoding")
          @Nullable String encoding) {
    ByteBudget.Lease lease = intake.budget().lease();
    boolean submitted = false;
    try {
      byte[] bytes = BodyReader.read(inflating(body, encoding), Limits.FORWARD_MAX_BYTES, lease);
      CompletableFuture<Long> answer = intake.submit(ForwardCodec.decodeRequest(bytes), lease);
      submitted = true; // the lease is the writing thread's now
      return answer
          .copy()
          .orTimeout(REQUEST_WAIT_MAX_SECONDS, TimeUnit.SECONDS)
          .handle((tick, failure) -> failure == null ? ok(tick) : failed(failure));
    } catch (WireFormatException | IOException e) {
      return done(
          problem(400, "The request does not decode", String.valueOf(e.getMessage())).build());
    } catch (BodyTooLargeException e) {
      return done(problem(413, "The request is too large", String.valueOf(e.getMessage())).build());
    } catch (BusyException e) {
      return done(failed(e));
    } finally {
      if (!submitted) {
        lease.release();
      }
    }
  }

  private static InputStream inflating(InputStream body, @Nullable String encoding)
      throws IOException {
    if (encoding == null || encoding.isBlank() || encoding.equalsIgnoreCase("identity")) {
      return body;
    }
    if (encoding.equalsIgnoreCase("gzip")) {
      return new GZIPInputStream(body, 8 << 10);
    }
    throw new IOException("Content-Encoding must be gzip or absent, but is " + encoding);
  }

  private static Response ok(long tick) {
    return Response.ok(Map.of("tick", tick), MediaType.APPLICATION_JSON).build();
  }

  private Response failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    intake.refused();
    if (cause instanceof BusyException busy) {
      return problem(503, "Nothing of this is promised", String.valueOf(busy.getMessage()))
          .header("Retry-After", busy.retryAfterSeconds())
          .build();
    }
    if (cause instanceof TimeoutException) {
      return problem(
              503,
              "Nothing of this is promised",
              "not written within %d s; try again".formatted(REQUEST_WAIT_MAX_SECONDS))
          .header("Retry-After", 2)
          .build();
    }
    throw new CompletionException(cause);
  }

  private static CompletionStage<Response> done(Response response) {
    return CompletableFuture.completedFuture(response);
  }

  private static Response.ResponseBuilder problem(int status, String title, String detail) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "about:blank");
    problem.put("title", title);
    problem.put("status", status);
    problem.put("detail", detail);
    return Response.status(status).type(PROBLEM_JSON).entity(problem);
  }
}
