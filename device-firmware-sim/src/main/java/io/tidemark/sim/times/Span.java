package io.tidemark.sim.times;

import java.time.Duration;

/**
 * One time that something is in force.
 *
 * @param from when it begins, counted from the beginning of the plan
 * @param until when it is over: that moment is no longer part of it. {@link Recurrence#FOREVER} if
 *     it never is.
 */
public record Span(Duration from, Duration until) {}
