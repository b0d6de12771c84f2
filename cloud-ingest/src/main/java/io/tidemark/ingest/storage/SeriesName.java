package io.tidemark.ingest.storage;

/**
 * Which values: those of one metric of one sensor of a device.
 *
 * @param device whose
 * @param sensor which of its sensors
 * @param metric which of that sensor's metrics
 */
public record SeriesName(String device, String sensor, String metric) {}
