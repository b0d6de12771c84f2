package io.tidemark.sim.link;

import javax.net.ssl.SSLContext;

/** What devices prove with who they are, to gateways that ask. Thread-safe. */
public interface Proofs {
  /** For connections of this device. */
  SSLContext of(String device);

  /** For its datagrams. */
  SSLContext datagramsOf(String device);

  /** It was not believed, or believed not who answered. Returns at once. */
  void refused(String device);
}
