/** The first set-up of a secured deployment: secrets, databases' users, administrator, tokens. */
@NullMarked
package io.tidemark.deploy.setup;

import org.jspecify.annotations.NullMarked;
