/**
 * Series from CSV files of any shape: which column says when, which say what, and of which device.
 * Knows nothing of devices that send, and holds a row at a time, however long a file is.
 */
@NullMarked
package io.tidemark.sim.csv;

import org.jspecify.annotations.NullMarked;
