/** Who may do what: users and their sessions, API keys, and the check of every request. */
@NullMarked
package io.tidemark.ingest.access;

import org.jspecify.annotations.NullMarked;
