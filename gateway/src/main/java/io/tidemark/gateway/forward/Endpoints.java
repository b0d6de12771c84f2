package io.tidemark.gateway.forward;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The ingests, and when each may be asked again. One that has failed is asked by a single request
 * until it answers well. Belongs to the forwarder's thread.
 */
final class Endpoints {
  private static final long BACKOFF_MIN_NANOS = Duration.ofMillis(200).toNanos();
  private static final int DOUBLINGS_MAX = 20;

  /** One ingest. */
  static final class Endpoint {
    private final URI url;
    private int failures;
    private int inFlight;
    private long notBefore;

    private Endpoint(URI url, long now) {
      this.url = url;
      this.notBefore = now;
    }

    URI url() {
      return url;
    }

    private boolean open(long now) {
      return now - notBefore >= 0 && (failures == 0 || inFlight == 0);
    }
  }

  private final List<Endpoint> all;
  private final long backoffMaxNanos;
  private final RandomGenerator random;
  private int preferred;

  Endpoints(List<URI> urls, Duration backoffMax, RandomGenerator random, long now) {
    this.all = urls.stream().map(url -> new Endpoint(url, now)).toList();
    this.backoffMaxNanos = backoffMax.toNanos();
    this.random = random;
  }

  /** The ingest to ask now, or null if none may be. */
  @Nullable Endpoint pick(long now) {
    for (int i = 0; i < all.size(); i++) {
      Endpoint endpoint = all.get((preferred + i) % all.size());
      if (endpoint.open(now)) {
        return endpoint;
      }
    }
    return null;
  }

  /**
   * When one may be asked again, in the clock of {@code now}; now if it only waits for an answer.
   */
  long nextAt(long now) {
    long next = Long.MAX_VALUE;
    for (Endpoint endpoint : all) {
      if (endpoint.failures == 0 || endpoint.inFlight == 0) {
        next = Math.min(next, Math.max(0, endpoint.notBefore - now));
      }
    }
    return next == Long.MAX_VALUE ? next : now + next;
  }

  void asked(Endpoint endpoint) {
    endpoint.inFlight++;
  }

  /** Returns true if it had failed before. */
  boolean succeeded(Endpoint endpoint) {
    endpoint.inFlight--;
    boolean recovered = endpoint.failures > 0;
    endpoint.failures = 0;
    preferred = all.indexOf(endpoint);
    return recovered;
  }

  /** Returns true if it had not failed before. */
  boolean failed(Endpoint endpoint, Duration retryAfter, long now) {
    endpoint.inFlight--;
    long backoff =
        Math.min(backoffMaxNanos, BACKOFF_MIN_NANOS << Math.min(endpoint.failures, DOUBLINGS_MAX));
    long jittered = backoff / 2 + random.nextLong(backoff / 2 + 1);
    long until = now + Math.max(jittered, retryAfter.toNanos());
    if (endpoint.failures == 0 || until - endpoint.notBefore > 0) {
      endpoint.notBefore = until;
    }
    endpoint.failures++;
    preferred = (all.indexOf(endpoint) + 1) % all.size();
    return endpoint.failures == 1;
  }
}
