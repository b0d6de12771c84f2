package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.Sender.Outcome.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Posts JSON. 2xx is delivered; 408, 429 and 5xx are tried again (RFC 9110), all else is not. */
final class Webhooks implements Sender {
  /** The same with every attempt: a receiver that has seen it has seen the notification. */
  static final String ID_HEADER = "Tidemark-Notification-Id";

  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;

  private final HttpClient client;
  private final Duration timeout;
  private final Clock clock;

  Webhooks(Duration timeout, Clock clock) {
    this.timeout = timeout;
    this.clock = clock;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  @Override
  public Outcome send(Notification notification) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(notification.receiver()))
            .header("Content-Type", "application/json")
            .header("User-Agent", "Tidemark")
            .header(ID_HEADER, notification.id())
            .POST(HttpRequest.BodyPublishers.ofString(notification.body()))
            .build();
    // A request's own timeout ends with the headers of the answer; this one is for all of it.
    CompletableFuture<HttpResponse<Void>> answer =
        client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    try {
      return outcome(answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return Outcome.of(Kind.RETRIED, "no whole answer within " + Words.duration(timeout));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        String message = cause.getMessage(); // none if nobody listens there
        return Outcome.of(Kind.RETRIED, message == null ? "it cannot be reached" : message);
      }
      throw new IllegalArgumentException(e.getCause());
    } finally {
      answer.cancel(true); // closes the connection if it is not through
    }
  }

  private Outcome outcome(HttpResponse<Void> answer) {
    int status = answer.statusCode();
    String said = "it answered " + status;
    if (status / 100 == 2) {
      return Outcome.of(Kind.DELIVERED, said);
    }
    if (status / 100 == 3) {
      return Outcome.of(
          Kind.GIVEN_UP, said + ": redirects are not followed; give the address it leads to");
    }
    if (status / 100 == 5 || status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS) {
      return new Outcome(
          Kind.RETRIED,
          said,
          answer.headers().firstValue("Retry-After").map(this::retryAfter).orElse(0L));
    }
    return Outcome.of(Kind.GIVEN_UP, said);
  }

  /** Seconds or a date (RFC 9110, 10.2.3), as nanoseconds from now; 0 if it is neither. */
  private long retryAfter(String header) {
    try {
      if (header.chars().allMatch(Character::isDigit)) {
        return Duration.ofSeconds(Long.parseLong(header)).toNanos();
      }
      Instant at = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Math.max(0, Duration.between(clock.instant(), at).toNanos());
    } catch (DateTimeParseException | NumberFormatException | ArithmeticException e) {
      return 0; // what is said of no use is not said
    }
  }
}
