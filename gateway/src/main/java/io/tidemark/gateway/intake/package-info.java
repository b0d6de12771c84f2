/**
 * Takes what devices deliver, whatever protocol it came by: checks it, collects it into log
 * entries, and says what became of it once the log has committed. {@link
 * io.tidemark.gateway.intake.Intake} is the port for the protocol adapters.
 */
@NullMarked
package io.tidemark.gateway.intake;

import org.jspecify.annotations.NullMarked;
