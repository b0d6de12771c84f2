package io.tidemark.agent.publish;

import java.time.Duration;
import java.util.Set;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;
import org.jspecify.annotations.Nullable;

/** What a CoAP response means for a batch (RFC 7252, 5.9; RFC 7959, 2.9; RFC 8516). */
final class CoapCodes {
  /**
   * Closed: an error that is neither in it nor in {@link #NO_GATEWAY} is tried again. Bad request,
   * forbidden, entity too large, unsupported content format.
   */
  private static final Set<ResponseCode> FOR_GOOD =
      Set.of(
          ResponseCode.BAD_REQUEST,
          ResponseCode.FORBIDDEN,
          ResponseCode.REQUEST_ENTITY_TOO_LARGE,
          ResponseCode.UNSUPPORTED_CONTENT_FORMAT);

  /** What only who is no gateway says: it does not know the path, POST, or blocks. */
  private static final Set<ResponseCode> NO_GATEWAY =
      Set.of(ResponseCode.NOT_FOUND, ResponseCode.METHOD_NOT_ALLOWED, ResponseCode.BAD_OPTION);

  /** Where Max-Age says when to come again. */
  private static final Set<ResponseCode> COME_AGAIN =
      Set.of(ResponseCode.SERVICE_UNAVAILABLE, ResponseCode.TOO_MANY_REQUESTS);

  private CoapCodes() {}

  /**
   * The answer; null if no gateway answers like this. Success is 2.04 and nothing else, and for a
   * request that went in blocks only if it acknowledges one (RFC 7959, 2.3): who has never heard of
   * blocks may answer 2.04 to the first alone.
   *
   * @param inBlocks true if the request needed more than one block
   */
  static @Nullable Answer answer(Response response, boolean inBlocks) {
    ResponseCode code = response.getCode();
    if (code == ResponseCode.CHANGED && (!inBlocks || response.getOptions().hasBlock1())) {
      return new Answer(Verdict.ACCEPTED, code.toString(), "", Duration.ZERO);
    }
    if (!response.isError() || NO_GATEWAY.contains(code)) {
      return null;
    }
    Verdict verdict =
        FOR_GOOD.contains(code)
            ? Verdict.REFUSED
            : code == ResponseCode.SERVICE_UNAVAILABLE ? Verdict.ELSEWHERE : Verdict.LATER;
    return new Answer(
        verdict,
        code.toString(),
        response.getPayloadString(),
        COME_AGAIN.contains(code) && response.getOptions().hasMaxAge()
            ? Duration.ofSeconds(response.getOptions().getMaxAge())
            : Duration.ZERO);
  }
}
