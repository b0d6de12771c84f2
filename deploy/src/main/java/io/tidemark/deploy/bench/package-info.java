/** Benchmarks: each prints its figure beside a peer's, measured in the same run. */
@NullMarked
package io.tidemark.deploy.bench;

import org.jspecify.annotations.NullMarked;
