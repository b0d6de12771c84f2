/**
 * The endpoint gateways post to. One request is answered 200 only when every reading in it is a
 * durable row or is committed in the quarantine, and the ledger says so.
 *
 * <p>{@code ForwardResource} (bytes in) -> {@code Intake} (bounded queue, one writing thread) ->
 * {@code Classifier} (new, again, conflicting or unfit) -> intents in SQL -> rows in the store ->
 * ledger and quarantine in one SQL transaction -> answers.
 */
@NullMarked
package io.tidemark.ingest.intake;

import org.jspecify.annotations.NullMarked;
