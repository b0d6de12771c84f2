/**
 * What travels: readings, the batches that carry them, and the envelopes in which gateways pass
 * batches on. No I/O and no framework; every type is immutable and safe to share between threads.
 */
@NullMarked
package io.tidemark.wire;

import org.jspecify.annotations.NullMarked;
