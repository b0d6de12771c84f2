/**
 * Prometheus' files: that it takes them, that rules fire when they are to, and on what is there.
 */
@NullMarked
package io.tidemark.deploy.prometheus;

import org.jspecify.annotations.NullMarked;
