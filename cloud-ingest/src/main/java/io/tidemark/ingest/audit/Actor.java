package io.tidemark.ingest.audit;

/**
 * Who does something, and from where.
 *
 * @param name a user's name, {@code key NAME} for an API key, or one of the constants' names
 * @param address the address the request came from; empty for ingest itself
 */
public record Actor(String name, String address) {
  /** Ingest, by itself. */
  public static final Actor INGEST = new Actor("ingest", "");

  /** Whoever reaches ingest while security is off. */
  public static final String ANYONE = "anyone";

  /** One of whom nothing is known yet: who logs in, or tries to. */
  public static final String NOBODY = "nobody";
}
