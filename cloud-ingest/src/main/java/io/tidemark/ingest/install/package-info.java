/** What installs the agent on a device: a script, and the agent's package that it gets. */
@NullMarked
package io.tidemark.ingest.install;

import org.jspecify.annotations.NullMarked;
