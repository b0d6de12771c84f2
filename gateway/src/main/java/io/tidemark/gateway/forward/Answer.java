package io.tidemark.gateway.forward;

import java.time.Duration;

/** What became of a forward request. */
sealed interface Answer {

  /**
   * Everything in it is durable behind ingest.
   *
   * @param tick ingest's tick when it answered
   */
  record Stored(long tick) implements Answer {}

  /**
   * Nothing is promised; to be tried again, there or elsewhere.
   *
   * @param what in words
   * @param retryAfter how long that ingest asks to be left alone; zero if it does not say
   */
  record Failed(String what, Duration retryAfter) implements Answer {}

  /**
   * Ingest says that the request itself is wrong, which can only be a defect, here or there.
   *
   * @param what in words
   */
  record Rejected(String what) implements Answer {}
}
