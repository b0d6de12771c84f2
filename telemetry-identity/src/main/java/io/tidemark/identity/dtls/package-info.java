/**
 * Proving and believing in DTLS handshakes, for clients and servers alike. Of all that is shared
 * this alone needs Californium, which who uses it has to bring: ingest does not, and need not carry
 * it.
 */
@NullMarked
package io.tidemark.identity.dtls;

import org.jspecify.annotations.NullMarked;
