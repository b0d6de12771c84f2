package io.tidemark.gateway.intake;

import java.time.Duration;

/**
 * The intake's bounds.
 *
 * @param gateway id of this gateway, written into every entry
 * @param uncommittedMaxBytes payload bytes taken and not yet committed, of all devices together;
 *     beyond it deliveries are refused
 * @param entryMaxBytes payload bytes collected into one entry; one delivery is always taken
 * @param entriesInFlightMax entries proposed and not yet committed
 * @param commitTimeout how long a delivery waits for its commit
 * @param collectMax longest that arrivals are collected into one entry when the log has grown long,
 *     so that it does not grow longer by small entries
 */
public record IntakeSettings(
    String gateway,
    long uncommittedMaxBytes,
    int entryMaxBytes,
    int entriesInFlightMax,
    Duration commitTimeout,
    Duration collectMax) {}
