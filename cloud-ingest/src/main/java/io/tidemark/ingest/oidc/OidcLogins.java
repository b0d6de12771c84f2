package io.tidemark.ingest.oidc;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidemark.ingest.access.NotLetInException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** How logins by the provider went: counted, and told to the login page. Thread-safe. */
@Singleton
final class OidcLogins {
  static final String DONE = "in";

  /** The provider refused, or the person did there. */
  static final String DECLINED = "declined";

  /** An answer to what this browser has not asked, or too late. */
  static final String UNASKED = "unasked";

  /** What the provider says does not hold, or it has not taken what we asked. */
  static final String FAILED = "failed";

  /** The provider does not answer. */
  static final String AWAY = "away";

  /** Its address has begun too many, or all together have. */
  static final String TOO_MANY = "too-many";

  private final MeterRegistry registry;

  @Inject
  OidcLogins(MeterRegistry registry) {
    this.registry = registry;
    for (String outcome : new String[] {DONE, DECLINED, UNASKED, FAILED, AWAY, TOO_MANY}) {
      count(outcome, 0);
    }
    for (NotLetInException.Why why : NotLetInException.Why.values()) {
      count(why.code(), 0);
    }
  }

  private void count(String outcome, int logins) {
    registry.counter("tidemark.ingest.oidc.logins", "outcome", outcome).increment(logins);
  }

  /** Counts one that has ended so; returns the page that says it, which is always ours. */
  String ended(String outcome) {
    count(outcome, 1);
    return "/login?oidc=" + outcome;
  }

  /** The same, and sends the browser there. */
  void end(HttpServerResponse response, String outcome) {
    if (!response.ended()) {
      response
          .setStatusCode(303)
          .putHeader(HttpHeaders.LOCATION, ended(outcome))
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
          .end();
    }
  }
}
