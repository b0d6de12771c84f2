package io.tidemark.deploy.pipeline;

import java.time.Duration;
import java.util.Map;

/** What time the gateways of a pipeline take it to be. */
public interface Clocks {
  /** The machine's, which cannot be set for one of them alone. */
  Clocks SHARED = new Shared();

  /** What a gateway's process needs in its environment. */
  Map<String, String> environment(String gateway);

  /**
   * Sets a gateway's clock.
   *
   * @param ahead of the machine's; negative if it is behind, zero if it is right
   */
  void set(String gateway, Duration ahead);

  /** See {@link #SHARED}. */
  final class Shared implements Clocks {
    private Shared() {}

    @Override
    public Map<String, String> environment(String gateway) {
      return Map.of();
    }

    @Override
    public void set(String gateway, Duration ahead) {
      throw new UnsupportedOperationException("the gateways have no clocks of their own");
    }
  }
}
