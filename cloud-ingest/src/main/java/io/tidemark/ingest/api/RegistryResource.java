package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.api.Views.RecordView;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.registry.DeviceRecord;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.registry.Registry.Versioned;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What people say of a device, read and changed. */
@Singleton
@Blocking
@Path("/api/v1/devices/{device}/registry")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "devices")
@RolesAllowed(Roles.VIEWER)
public class RegistryResource {
  private final Ledger ledger;
  private final Registry registry;
  private final Caller caller;

  @Inject
  RegistryResource(Ledger ledger, Registry registry, Caller caller) {
    this.ledger = ledger;
    this.registry = registry;
    this.caller = caller;
  }

  @GET
  @Operation(
      summary = "What people say of a device",
      description = "With an ETag, which a change has to bring.")
  @APIResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = RecordView.class)))
  public Response get(
      @Parameter(description = "The device's id") @PathParam("device") String device)
      throws SqlUnavailableException, StoreUnavailableException {
    requireKnown(device);
    return answer(registry.get(device));
  }

  @PUT
  @RolesAllowed(Roles.OPERATOR)
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Say something else of a device",
      description =
          "Replaces all of it: what is absent is empty afterwards. 412 if it was changed since it was read: read it again.")
  @APIResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = RecordView.class)))
  public Response put(
      @Parameter(description = "The device's id") @PathParam("device") String device,
      @Parameter(description = "The ETag of what is replaced", required = true)
          @HeaderParam("If-Match")
          @Nullable String ifMatch,
      @Nullable RecordView record)
      throws SqlUnavailableException, StoreUnavailableException {
    requireKnown(device);
    long version = ETags.required(ifMatch);
    if (record == null) {
      throw ApiException.parameter("the body", "", "a JSON object");
    }
    DeviceRecord content = record.checked();
    OptionalLong next = registry.put(caller.actor(), device, content, version);
    if (next.isEmpty()) {
      throw ETags.changed("the record of device " + device);
    }
    return answer(new Versioned(content, next.getAsLong()));
  }

  private void requireKnown(String device)
      throws SqlUnavailableException, StoreUnavailableException {
    if (ledger.summary(Params.device(device)) == null) {
      throw DeviceResource.unknown(device);
    }
  }

  private static Response answer(Versioned record) {
    return Response.ok(RecordView.of(record.content()))
        .header("ETag", ETags.of(record.version()))
        .build();
  }
}
