/**
 * What the device has recorded and not yet handed over: durable, numbered, bounded. Readings come
 * in by {@link io.tidemark.agent.journal.Recorder}, batches go out by {@link
 * io.tidemark.agent.journal.Outbox}; between the two lies one SQLite file, and a number is given in
 * the same transaction that makes its reading durable.
 */
@NullMarked
package io.tidemark.agent.journal;

import org.jspecify.annotations.NullMarked;
