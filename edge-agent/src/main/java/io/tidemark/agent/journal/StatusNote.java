package io.tidemark.agent.journal;

/**
 * An encoded status of one epoch.
 *
 * @param device whose topic it belongs to
 * @param ordinal which of the journal's epochs it is about
 * @param last true if the epoch is closed and everything of it has been handed over
 * @param bytes the encoded batch, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StatusNote(String device, long ordinal, boolean last, byte[] bytes) {}
