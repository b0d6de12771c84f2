package io.tidemark.ingest.api;

import jakarta.ws.rs.QueryParam;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/** The query of a request for devices, as it came. */
public class DeviceParams {
  @Parameter(
      description =
          "Words that are all in the id, or in what the registry says, whatever their case")
  @QueryParam("q")
  @Nullable String q;

  @Parameter(description = "Only of exactly this site")
  @QueryParam("site")
  @Nullable String site;

  @Parameter(description = "Only with this label")
  @QueryParam("label")
  @Nullable String label;

  @Parameter(description = "Only of exactly this class")
  @QueryParam("class")
  @Nullable String deviceClass;

  @Parameter(description = "online, late, silent or disconnected")
  @QueryParam("status")
  @Nullable String status;

  @Parameter(
      description =
          "Only with readings that are waiting, quarantined, dropped or missing, or were stored late: waiting, quarantined, dropped, missing or late")
  @QueryParam("with")
  @Nullable String with;

  @Parameter(
      description =
          "device, name, site, status, seen, rate or trouble (how many readings are not in order); with - before it the other way round")
  @QueryParam("sort")
  @Nullable String sort;
}
