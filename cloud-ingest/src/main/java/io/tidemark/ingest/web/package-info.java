/**
 * The dashboards' side of HTTP: addresses that are pages, and the headers every answer to a browser
 * carries. The pages themselves are TypeScript, under {@code resources/web}; they know the rest of
 * ingest only through its API.
 */
@NullMarked
package io.tidemark.ingest.web;

import org.jspecify.annotations.NullMarked;
