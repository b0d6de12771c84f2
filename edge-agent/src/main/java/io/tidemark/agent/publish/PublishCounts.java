package io.tidemark.agent.publish;

import java.util.Map;

/**
 * What a publisher has done since its start. sent = accepted + refused + retried + lost with a
 * connection + in flight, in batches, declarations and statuses.
 *
 * @param gateway where it is connected, or an empty text
 * @param connections made so far
 * @param sent packets; a request however many blocks it takes
 * @param accepted acknowledged with success
 * @param refused refused for good, by the protocol's code: {@code 0x99}, {@code 4.00}
 * @param retried refused for now, by the same
 */
public record PublishCounts(
    String gateway,
    long connections,
    long sent,
    long accepted,
    Map<String, Long> refused,
    Map<String, Long> retried) {}
