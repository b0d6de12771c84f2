/** What container images are made with, and what is in them beside the programs. */
@NullMarked
package io.tidemark.deploy.images;

import org.jspecify.annotations.NullMarked;
