package io.tidemark.ingest.alerts;

/**
 * How it stands with a receiver of a rule: the oldest notification that waits, or else the newest.
 *
 * @param rule the rule's id
 * @param receiver a URL, or an address of e-mail
 * @param status waiting, delivered or given up
 * @param attempts how often that one was tried
 * @param nextAtNanos when it is tried next, if it waits
 * @param doneAtNanos when it was delivered or given up, else 0
 * @param said what the receiver said last
 * @param waiting how many wait
 */
public record ReceiverStanding(
    long rule,
    String receiver,
    String status,
    long attempts,
    long nextAtNanos,
    long doneAtNanos,
    String said,
    long waiting) {}
