package io.tidemark.gateway.replication;

/**
 * What a gateway's logs take, and what there is for them.
 *
 * @param freeBytes on the disk of its data folder
 * @param freeMinBytes with less than that it takes no more
 * @param logBytes that all groups' logs take together
 * @param logMaxBytes that they may take: the smallest of any member's
 */
public record DiskUse(long freeBytes, long freeMinBytes, long logBytes, long logMaxBytes) {}
