/** What gateways are told about who may come in, beside what certificates say; who is shut out. */
@NullMarked
package io.tidemark.ingest.accesslist;

import org.jspecify.annotations.NullMarked;
