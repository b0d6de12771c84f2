/** What is around the agent's process: the service manager, and who asks how it is. */
@NullMarked
package io.tidemark.agent.service;

import org.jspecify.annotations.NullMarked;
