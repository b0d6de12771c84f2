package io.tidemark.agent.publish;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher has done since its start. sent = accepted + refused + retried + lost with a
 * connection + in flight, in batches, declarations and statuses.
 *
 * @param gateway where it is connected, or an empty text
 * @param connections made so far
 * @param sent packets; a request however many blocks it takes
 * @param accepted acknowledged with success
 * @param acceptedAt when that was last; null if never
 * @param refused refused for good, by the protocol's code: {@code 0x99}, {@code 4.00}
 * @param retried refused for now, by the same
 */
public record PublishCounts(
    String gateway,
    long connections,
    long sent,
    long accepted,
    @Nullable Instant acceptedAt,
    Map<String, Long> refused,
    Map<String, Long> retried) {}
