/** The demo: one of everything on this machine, and at the end a verdict. */
@NullMarked
package io.tidemark.deploy.demo;

import org.jspecify.annotations.NullMarked;
