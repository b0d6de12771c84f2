package io.tidemark.ingest.alerts;

/**
 * Something to tell one receiver.
 *
 * @param number its place in the order in which it is told
 * @param id the same with every attempt, so that a receiver knows what comes again
 * @param rule of which rule
 * @param receiver a URL, or an address of e-mail
 * @param body JSON
 * @param createdAtNanos since when it waits
 * @param attempts how often it was tried
 */
record Notification(
    long number,
    String id,
    long rule,
    String receiver,
    String body,
    long createdAtNanos,
    long attempts) {
  boolean isMail() {
    return isMail(receiver);
  }

  static boolean isMail(String receiver) {
    return !receiver.contains("://");
  }
}
