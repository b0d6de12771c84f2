/**
 * Faults on purpose: planned by a seed, done to the processes of a running pipeline, and counted.
 */
@NullMarked
package io.tidemark.deploy.chaos;

import org.jspecify.annotations.NullMarked;
