/**
 * What devices that are not agents send: JSON and SenML, made into readings and those into batches.
 * No I/O; knows nobody.
 */
@NullMarked
package io.tidemark.gateway.intake.foreign;

import org.jspecify.annotations.NullMarked;
