package io.tidemark.sim.link.coap;

import io.tidemark.sim.link.Outcome;
import io.tidemark.sim.link.Outcome.Verdict;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a response means for a payload (RFC 7252, section 5.9; RFC 7959, 2.9; RFC 8516). */
final class CoapCodes {
  static final int CHANGED = code(2, 4);
  static final int CONTINUE = code(2, 31);

  static final int TOO_LARGE = code(4, 13);

  /** Who it is counts no more. */
  static final int UNAUTHORIZED = code(4, 1);

  private static final int FIRST_ERROR = code(4, 0);

  /** Most characters kept of what a gateway says; the rest is cut off. */
  private static final int REASON_MAX_CHARS = 200;

  private static final int SERVICE_UNAVAILABLE = code(5, 3);

  /** Bad request, forbidden, entity too large, unsupported content format. */
  private static final Set<Integer> FOR_GOOD =
      Set.of(code(4, 0), code(4, 3), TOO_LARGE, code(4, 15));

  /** What only who is no gateway says: bad option, not found, method not allowed. */
  private static final Set<Integer> NO_GATEWAY = Set.of(code(4, 2), code(4, 4), code(4, 5));

  /** Too many requests, service unavailable: where Max-Age says when to come again. */
  private static final Set<Integer> COME_AGAIN = Set.of(code(4, 29), SERVICE_UNAVAILABLE);

  private CoapCodes() {}

  private static int code(int codeClass, int detail) {
    return (codeClass << 5) | detail;
  }

  /**
   * The answer that a response is; null if no gateway answers a batch like this. Success is 2.04
   * and nothing else, and for a payload in blocks only if it acknowledges one (RFC 7959, section
   * 2.3): who has never heard of blocks may answer 2.04 to the first alone.
   *
   * @param whole true if the response is about all of the payload
   */
  static @Nullable Outcome outcome(CoapMessage response, boolean whole) {
    int code = response.code();
    if (code == CHANGED && whole) {
      return new Outcome(Verdict.ACCEPTED, response.codeInWords(), "");
    }
    if (code < FIRST_ERROR || NO_GATEWAY.contains(code)) {
      return null;
    }
    Verdict verdict =
        FOR_GOOD.contains(code)
            ? Verdict.REFUSED
            : code == SERVICE_UNAVAILABLE ? Verdict.ELSEWHERE : Verdict.LATER;
    return new Outcome(verdict, response.codeInWords(), reason(response), pause(response));
  }

  private static String reason(CoapMessage response) {
    String said = response.diagnostic();
    return said.length() <= REASON_MAX_CHARS ? said : said.substring(0, REASON_MAX_CHARS) + "...";
  }

  private static Duration pause(CoapMessage response) {
    CoapOption maxAge = response.option(CoapOption.MAX_AGE);
    return COME_AGAIN.contains(response.code()) && maxAge != null
        ? Duration.ofSeconds(Math.max(0, maxAge.uint()))
        : Duration.ZERO;
  }
}
