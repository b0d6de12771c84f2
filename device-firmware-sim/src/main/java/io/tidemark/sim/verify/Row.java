package io.tidemark.sim.verify;

import io.tidemark.wire.Value;
import java.util.Map;

/** A stored reading, as the API gives it. */
record Row(
    String sensor,
    String kind,
    long epoch,
    long sequence,
    long timeNanos,
    Map<String, Value> values) {}
