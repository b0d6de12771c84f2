package io.tidemark.ingest.api;

import java.nio.file.Path;

/**
 * What an ingest is made of.
 *
 * @param software version of this program
 * @param data its data folder
 * @param rows where rows are, {@code embedded} or {@code influx}
 */
public record SystemState(String software, Path data, String rows) {}
