/**
 * Alerts: rules over readings and over silence, judged by the readings' times; what they found; and
 * its delivery. Everything that must survive a restart is in SQL.
 */
@NullMarked
package io.tidemark.ingest.alerts;

import org.jspecify.annotations.NullMarked;
