/**
 * The agent's configuration: one YAML file, read whole, checked whole. Whoever holds an {@link
 * io.tidemark.agent.config.AgentConfig} can rely on it.
 */
@NullMarked
package io.tidemark.agent.config;

import org.jspecify.annotations.NullMarked;
