/**
 * The command line and the one place where the rooms are joined. Nothing in here knows how a batch
 * is made, kept, sent or checked; it only decides who is connected to whom.
 */
@NullMarked
package io.tidemark.sim;

import org.jspecify.annotations.NullMarked;
