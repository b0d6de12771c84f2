package io.tidemark.deploy.bench;

import java.time.Duration;

/**
 * What is measured.
 *
 * @param each messages of each of 20 connections counted in each round
 * @param rounds in which with and without TLS, and with and without bad clients, have their turn
 * @param handshakes of each kind
 * @param idle connections with TLS on which nothing happens
 * @param badFor how long bad clients come in each round, and how long good devices are alone before
 */
public record TlsBenchOptions(int each, int rounds, int handshakes, int idle, Duration badFor) {}
