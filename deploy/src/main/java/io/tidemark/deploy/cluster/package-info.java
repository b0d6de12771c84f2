/** What gateways say of their cluster, for people. */
@NullMarked
package io.tidemark.deploy.cluster;

import org.jspecify.annotations.NullMarked;
