/**
 * Who may take part: the authority that signs certificates, how one is got (EST), the tokens that
 * allow it, and who is at the other end of a connection.
 */
@NullMarked
package io.tidemark.ingest.identity;

import org.jspecify.annotations.NullMarked;
