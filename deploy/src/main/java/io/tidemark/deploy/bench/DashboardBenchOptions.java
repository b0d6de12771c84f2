package io.tidemark.deploy.bench;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is measured of the dashboards, and over how much.
 *
 * @param influx keeps the rows; null for the embedded store
 * @param data folder for what is generated, kept and used again; null for one that is deleted
 * @param rows in the store, of all devices together
 * @param visits how often each page is opened
 * @param liveFor how long live charts are watched
 */
public record DashboardBenchOptions(
    @Nullable URI influx,
    @Nullable Path data,
    int devices,
    long rows,
    int visits,
    Duration liveFor) {}
