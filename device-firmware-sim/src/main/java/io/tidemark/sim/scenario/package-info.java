/**
 * What a run is to be like, written down: a YAML file, or one of those that are built in. Says what
 * is asked for; how readings are made is the sources'.
 */
@NullMarked
package io.tidemark.sim.scenario;

import org.jspecify.annotations.NullMarked;
