package io.tidemark.gateway.intake;

import java.time.Duration;

/**
 * What devices and sites may send at this gateway, over whatever connections and protocols they
 * come.
 *
 * @param deviceReadingsPerSecondMax readings of one device
 * @param deviceBytesPerSecondMax payload bytes of one device
 * @param siteReadingsPerSecondMax readings of all devices of a site
 * @param siteBytesPerSecondMax payload bytes of all devices of a site
 * @param burst for how many seconds' worth of that somebody may be ahead who was quiet before
 */
public record RateSettings(
    int deviceReadingsPerSecondMax,
    long deviceBytesPerSecondMax,
    int siteReadingsPerSecondMax,
    long siteBytesPerSecondMax,
    Duration burst) {}
