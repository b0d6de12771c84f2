package io.tidemark.gateway.coap;

import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.wire.PayloadType;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;

/**
 * The responses this gateway gives: a code (RFC 7252, section 5.9), and a diagnostic payload that
 * says what is wrong and what to do (section 5.5.2).
 */
final class Answers {
  /** Short: whoever forges an address makes somebody else the receiver. */
  static final int DIAGNOSTIC_MAX_LENGTH = 256;

  /** Content formats taken, for people. */
  static final String CONTENT_FORMATS =
      Arrays.stream(PayloadType.values())
          .map(type -> type.contentFormat() + " (" + type.contentType() + ")")
          .collect(Collectors.joining(", "));

  /** The rate of an address is counted by the second. */
  private static final long NEXT_SECOND = 1;

  private final long retryAfterSeconds;
  private final int payloadMaxBytes;

  Answers(Duration retryAfter, int payloadMaxBytes) {
    this.retryAfterSeconds = retryAfter.toSeconds();
    this.payloadMaxBytes = payloadMaxBytes;
  }

  /** The answer to an outcome. */
  Response of(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      Response response = of(code(refused.reason()), refused.text());
      if (!refused.retryAfter().isZero()) {
        response.getOptions().setMaxAge(refused.retryAfter().toSeconds());
      }
      return response;
    }
    if (outcome instanceof Outcome.Unknown unknown) {
      return of(ResponseCode.SERVICE_UNAVAILABLE, unknown.text());
    }
    return new Response(ResponseCode.CHANGED);
  }

  Response of(ResponseCode code, String text) {
    Response response = new Response(code);
    response.setPayload(
        text.length() <= DIAGNOSTIC_MAX_LENGTH ? text : text.substring(0, DIAGNOSTIC_MAX_LENGTH));
    if (code == ResponseCode.SERVICE_UNAVAILABLE) {
      response.getOptions().setMaxAge(retryAfterSeconds);
    } else if (code == ResponseCode.TOO_MANY_REQUESTS) {
      response.getOptions().setMaxAge(NEXT_SECOND); // RFC 8516
    } else if (code == ResponseCode.REQUEST_ENTITY_TOO_LARGE) {
      response.getOptions().setSize1(payloadMaxBytes);
    }
    return response;
  }

  static ResponseCode code(Reason reason) {
    return switch (reason) {
      case UNDECODABLE, QOS, PROTOCOL -> ResponseCode.BAD_REQUEST;
      case CONTENT_TYPE -> ResponseCode.UNSUPPORTED_CONTENT_FORMAT;
      case TOO_LARGE -> ResponseCode.REQUEST_ENTITY_TOO_LARGE;
      case DEVICE_MISMATCH, NOT_AUTHORISED -> ResponseCode.FORBIDDEN;
      case TOPIC -> ResponseCode.NOT_FOUND;
      case RATE, DEVICE_RATE, SITE_RATE -> ResponseCode.TOO_MANY_REQUESTS;
      case BUSY, FULL, IN_DOUBT, NOT_READY, WINDOW -> ResponseCode.SERVICE_UNAVAILABLE;
    };
  }
}
