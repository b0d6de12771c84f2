package io.tidemark.ingest.gateways;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.wire.Limits;
import io.tidemark.wire.ReportCodec;
import io.tidemark.wire.Routes;
import io.tidemark.wire.WireFormatException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code POST /intake/v1/report}: how a gateway is, by itself. */
@Singleton
@Path(Routes.REPORT_PATH)
@Tag(name = "intake", description = "For gateways")
@RolesAllowed(Roles.GATEWAY)
public class ReportResource {
  private static final int TOO_LARGE = 413;

  private final Gateways gateways;
  private final MeterRegistry registry;

  @Inject
  ReportResource(Gateways gateways, MeterRegistry registry) {
    this.gateways = gateways;
    this.registry = registry;
    for (String reason : new String[] {"too_large", "undecodable", "too_many", "unavailable"}) {
      count(reason, 0);
    }
    kept(0);
  }

  @POST
  @Blocking
  @Consumes(Routes.REPORT_CONTENT_TYPE)
  @Operation(
      summary = "Take what a gateway tells of itself",
      description =
          "It takes the place of the gateway's report before. Nothing that becomes of readings depends on it.")
  @APIResponse(responseCode = "204", description = "It is kept")
  @APIResponse(responseCode = "400", description = "It does not decode")
  @APIResponse(responseCode = "409", description = "As many gateways report as are kept")
  @APIResponse(responseCode = "413", description = "More than 64 KiB")
  public void report(InputStream body) throws IOException, SqlUnavailableException {
    byte[] bytes = body.readNBytes(Limits.REPORT_MAX_BYTES + 1);
    if (bytes.length > Limits.REPORT_MAX_BYTES) {
      throw refused(
          "too_large",
          TOO_LARGE,
          "a report has %d bytes at most".formatted(Limits.REPORT_MAX_BYTES));
    }
    try {
      gateways.keep(ReportCodec.decode(bytes));
      kept(1);
    } catch (WireFormatException e) {
      throw refused(
          "undecodable",
          Response.Status.BAD_REQUEST.getStatusCode(),
          String.valueOf(e.getMessage()));
    } catch (TooManyGatewaysException e) {
      throw refused(
          "too_many", Response.Status.CONFLICT.getStatusCode(), String.valueOf(e.getMessage()));
    } catch (SqlUnavailableException e) {
      count("unavailable", 1);
      throw e;
    }
  }

  private WebApplicationException refused(String reason, int status, String detail) {
    count(reason, 1);
    return new WebApplicationException(detail, status);
  }

  private void count(String reason, int reports) {
    registry.counter("tidemark.ingest.reports.refused", "reason", reason).increment(reports);
  }

  private void kept(int reports) {
    registry.counter("tidemark.ingest.reports.kept").increment(reports);
  }
}
