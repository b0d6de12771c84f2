/** The platform's processes on this machine: started, watched, stopped and asked. */
@NullMarked
package io.tidemark.deploy.pipeline;

import org.jspecify.annotations.NullMarked;
