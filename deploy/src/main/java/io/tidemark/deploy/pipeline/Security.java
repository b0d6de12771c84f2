package io.tidemark.deploy.pipeline;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether all prove to each other who they are.
 *
 * @param on with an authority, certificates, TLS and an administrator
 * @param certificates how long those of devices and gateways are valid; null for the default
 */
public record Security(boolean on, @Nullable Duration certificates) {
  /** Everybody is believed. */
  public static final Security OFF = new Security(false, null);

  public Security {
    if (!on && certificates != null) {
      throw new IllegalArgumentException("without security there are no certificates");
    }
  }
}
