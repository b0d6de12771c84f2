package io.tidemark.ingest.gateways;

import io.tidemark.wire.GatewayReport;

/**
 * A gateway, as it last said it is.
 *
 * @param report its newest
 * @param heardAtNanos when ingest received that, nanoseconds since 1970 UTC
 * @param state {@link GatewayState#SILENT} if what it said may not hold any more
 */
public record KnownGateway(GatewayReport report, long heardAtNanos, GatewayState state) {}
