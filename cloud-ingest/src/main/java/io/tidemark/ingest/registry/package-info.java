/** What people say of devices: what one is called, where it stands, what it is for. */
@NullMarked
package io.tidemark.ingest.registry;

import org.jspecify.annotations.NullMarked;
