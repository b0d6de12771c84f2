/**
 * The replicated log: bytes go in, and once a majority of the group has fsynced them they can be
 * read back by index, until they are forwarded and the log is truncated. {@link
 * io.tidemark.gateway.replication.ReplicatedLog} is the port; {@link
 * io.tidemark.gateway.replication.RatisLog} is Apache Ratis behind it.
 */
@NullMarked
package io.tidemark.gateway.replication;

import org.jspecify.annotations.NullMarked;
