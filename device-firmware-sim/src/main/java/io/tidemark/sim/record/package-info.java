/**
 * The durable record: what was produced, acknowledged, refused and given up, in one append-only
 * file. Producing writes here before anything is sent, and the verifier compares the stored rows
 * with what is read back from here.
 */
@NullMarked
package io.tidemark.sim.record;

import org.jspecify.annotations.NullMarked;
