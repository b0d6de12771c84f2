package io.tidemark.ingest.storage;

/**
 * A row the store will never take.
 *
 * @param row which
 * @param reason why, one word: {@code too_many_metrics}, {@code too_many_kinds}
 * @param detail the limit and what to do about it, for people
 */
public record Refusal(Row row, String reason, String detail) {}
