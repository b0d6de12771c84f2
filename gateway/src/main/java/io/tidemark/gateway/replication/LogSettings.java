package io.tidemark.gateway.replication;

import java.nio.file.Path;

/**
 * Where a gateway's replicas of the groups' logs are, and how large they may get together.
 *
 * @param gateway id of this gateway, and name of its group
 * @param peers the cluster's gateways by their ids; must name this one
 * @param dir folder of the logs; made if it is not there
 * @param maxBytes no more is taken in above this size on disk
 * @param maxEntries no more is taken in above this many entries that are not forwarded: each costs
 *     some 300 bytes of memory
 * @param freeSpaceMinBytes no more is taken in when the disk has less room than this left
 * @param segmentMaxBytes size at which a segment is closed; only closed ones can be deleted
 */
public record LogSettings(
    String gateway,
    Peers peers,
    Path dir,
    long maxBytes,
    long maxEntries,
    long freeSpaceMinBytes,
    int segmentMaxBytes) {}
