package io.tidemark.ingest.api;

import io.tidemark.ingest.ledger.DeviceSummary;
import java.time.Clock;
import java.time.Duration;

/**
 * Whether a device is there, by when it was last seen, and whether its connection is known to have
 * ended without its word since: {@code disconnected}.
 *
 * @param onlineWithin seen within this: {@code online}; a device says something at least once a
 *     minute
 * @param lateWithin seen within this: {@code late}; else {@code silent}
 * @param clock what time it is
 */
public record Presence(Duration onlineWithin, Duration lateWithin, Clock clock) {
  String status(DeviceSummary device) {
    if (device.isDisconnected()) {
      return "disconnected";
    }
    long ago = Times.nanos(clock.instant()) - device.lastSeenNanos();
    if (ago <= onlineWithin.toNanos()) {
      return "online";
    }
    return ago <= lateWithin.toNanos() ? "late" : "silent";
  }
}
