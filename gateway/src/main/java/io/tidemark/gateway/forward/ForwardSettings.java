package io.tidemark.gateway.forward;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Where ingest is and how it is spoken to.
 *
 * @param urls ingest's base addresses; the next is tried when one fails
 * @param requestMaxBytes bytes of entries gathered into one request; one entry is always taken
 * @param requestsInFlightMax requests with entries that wait for their answer
 * @param connectTimeout how long connecting may take
 * @param requestTimeout how long an answer may take, from the request's first byte to the answer's
 *     last
 * @param heartbeatInterval how often indexes are reported, entries or not
 * @param markInterval how often the mark is replicated at most
 * @param liveAfter how long entries wait before what comes next is sent beside them, and not behind
 * @param backoffMax longest pause after failures in a row, but for a longer Retry-After
 */
public record ForwardSettings(
    List<URI> urls,
    int requestMaxBytes,
    int requestsInFlightMax,
    Duration connectTimeout,
    Duration requestTimeout,
    Duration heartbeatInterval,
    Duration markInterval,
    Duration liveAfter,
    Duration backoffMax) {
  public ForwardSettings {
    urls = List.copyOf(urls);
  }
}
