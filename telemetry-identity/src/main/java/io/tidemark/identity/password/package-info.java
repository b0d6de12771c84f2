/**
 * How passwords are kept. Of all that is shared this alone needs Bouncy Castle, which who uses it
 * has to bring: a device does not, and need not carry it.
 */
@NullMarked
package io.tidemark.identity.password;

import org.jspecify.annotations.NullMarked;
