package io.tidemark.gateway.replication;

/**
 * A data entry read back from the log.
 *
 * @param index where it stands
 * @param readings how many readings its proposer counted in it
 * @param bytes what was proposed; owned by the reader
 */
@SuppressWarnings("ArrayRecordComponent") // entries are never compared
public record CommittedEntry(long index, int readings, byte[] bytes) {}
