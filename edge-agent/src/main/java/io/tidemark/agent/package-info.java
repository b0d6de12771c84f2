/**
 * The edge agent: reads sensors, records what they say in a journal, and publishes it. This package
 * is the command line and {@link io.tidemark.agent.Assembly}, the one class that joins the rooms:
 * sensor -> journal -> publish.
 */
@NullMarked
package io.tidemark.agent;

import org.jspecify.annotations.NullMarked;
