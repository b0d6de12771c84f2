package io.tidemark.wire;

import org.jspecify.annotations.Nullable;

/** Topics and paths: the addresses under which things are sent. */
public final class Routes {
  /** Content type of a {@link ForwardRequest}; its HTTP body may be gzip-encoded. */
  public static final String FORWARD_CONTENT_TYPE = "application/vnd.tidemark.forward";

  /** Path under which ingest takes a {@link ForwardRequest} by POST. */
  public static final String FORWARD_PATH = "/intake/v1/forward";

  /** Content type of a {@link GatewayReport}. */
  public static final String REPORT_CONTENT_TYPE = "application/vnd.tidemark.report";

  /** Path under which ingest takes a {@link GatewayReport} by POST. */
  public static final String REPORT_PATH = "/intake/v1/report";

  /** Content type of an {@link AccessList}. */
  public static final String ACCESS_LIST_CONTENT_TYPE = "application/vnd.tidemark.access-list";

  /** Path under which ingest gives gateways the {@link AccessList}. */
  public static final String ACCESS_LIST_PATH = "/intake/v1/access-list";

  private Routes() {}

  /**
   * The MQTT topic (and, with a leading slash, the CoAP path) for everything {@code device} sends.
   *
   * @throws IllegalArgumentException if {@code device} cannot name a device
   */
  public static String telemetry(String device) {
    return Address.Kind.TELEMETRY.of(device);
  }

  /** The device a telemetry topic belongs to, or null if it is not a telemetry topic. */
  public static @Nullable String deviceOf(String topic) {
    Address address = Address.of(topic);
    return address != null && address.kind() == Address.Kind.TELEMETRY ? address.device() : null;
  }
}
