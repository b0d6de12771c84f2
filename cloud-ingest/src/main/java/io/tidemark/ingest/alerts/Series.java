package io.tidemark.ingest.alerts;

/**
 * One thing a rule watches.
 *
 * @param device whose
 * @param sensor which; empty for the device as a whole
 */
record Series(String device, String sensor) {}
