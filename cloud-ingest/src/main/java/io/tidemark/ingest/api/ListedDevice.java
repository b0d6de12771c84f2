package io.tidemark.ingest.api;

import io.tidemark.ingest.ledger.DeviceSummary;
import io.tidemark.ingest.registry.DeviceRecord;

/**
 * All that a list shows of a device, and by which it is filtered and sorted.
 *
 * @param summary what its ledger says
 * @param storedLate how many of its readings were stored late
 * @param known what people say
 * @param status whether it is there
 * @param rate readings stored a second
 * @param shutOutSince nanoseconds since 1970; 0 if it is not shut out
 */
record ListedDevice(
    DeviceSummary summary,
    long storedLate,
    DeviceRecord known,
    String status,
    double rate,
    long shutOutSince) {}
