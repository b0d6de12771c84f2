/** What Tidemark is made of, and under which licences. */
@NullMarked
package io.tidemark.deploy.sbom;

import org.jspecify.annotations.NullMarked;
