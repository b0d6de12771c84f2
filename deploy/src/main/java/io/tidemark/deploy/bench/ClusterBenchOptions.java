package io.tidemark.deploy.bench;

/**
 * How much is measured.
 *
 * @param timed messages, and bare entries, that are sent one at a time in each round
 * @param messages of each connection that are counted in each round
 * @param rounds in each of which all have a turn
 */
public record ClusterBenchOptions(int timed, int messages, int rounds) {}
