package io.tidemark.gateway.coap;

import java.time.Duration;

/**
 * The CoAP listener's address and bounds. There are no connections to count, and any datagram may
 * carry a forged address, so what bounds memory is counted over all devices together; an address's
 * own limits keep one that errs from the others.
 *
 * @param host address to listen at
 * @param port UDP port without DTLS; 0 for any
 * @param dtlsPort UDP port with DTLS; 0 for any
 * @param plain whether it listens without DTLS
 * @param dtlsConnectionsMax devices whose keys are kept; beyond it the one that was silent for
 *     longest has to show its certificate again
 * @param dtlsHandshakesMax handshakes that are not over; one more is not begun
 * @param inFlightMax requests taken and not yet answered; one more is told to try later. As many
 *     late answers may wait for their acknowledgement; one more is sent once, without.
 * @param retryAfter when a device that is told to try later may do so: the Max-Age of 5.03, which
 *     has whole seconds
 * @param rememberedMax requests whose message id is remembered together with the answer, for the
 *     247 s of EXCHANGE_LIFETIME; beyond it the oldest answered are forgotten first. Each costs
 *     some 240 bytes of memory, and 1.6 KiB until it is answered on its acknowledgement.
 * @param transfersMaxBytes memory for payloads that come in blocks and are not complete; beyond it
 *     the one that has not moved for longest is given up
 * @param inFlightPerAddressMax of the requests taken and not yet answered, those of one IPv4
 *     address or IPv6 /64 network
 * @param messagesPerSecondPerAddressMax requests of such an address in a second; one more is told
 *     to try later
 * @param payloadMaxBytes largest payload taken
 */
public record CoapSettings(
    String host,
    int port,
    int dtlsPort,
    boolean plain,
    int dtlsConnectionsMax,
    int dtlsHandshakesMax,
    int inFlightMax,
    Duration retryAfter,
    int rememberedMax,
    int transfersMaxBytes,
    int inFlightPerAddressMax,
    int messagesPerSecondPerAddressMax,
    int payloadMaxBytes) {
  /** What {@code payloadMaxBytes} must be at least. */
  public static final int PAYLOAD_LEAST_BYTES = 16 << 10;
}
