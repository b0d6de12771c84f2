/**
 * The chart of {@code deploy/helm}, without a cluster: rendered by Helm itself, and held against
 * Kubernetes' own description of its objects and against what the parts need of each other.
 */
@NullMarked
package io.tidemark.deploy.helm;

import org.jspecify.annotations.NullMarked;
