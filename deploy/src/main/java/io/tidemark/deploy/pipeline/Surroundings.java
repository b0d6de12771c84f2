package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What the gateways of a pipeline are connected by, write to, and take the time from. */
public record Surroundings(Network network, Disks disks, Clocks clocks) implements AutoCloseable {
  /** The machine's. */
  public static final Surroundings SHARED = of(Network.LOOPBACK);

  /** Another network. */
  public static Surroundings of(Network network) {
    return new Surroundings(network, Disks.SHARED, Clocks.SHARED);
  }

  /**
   * Makes what gateways have of their own.
   *
   * @param data the pipeline's folder
   * @param gateways their names
   * @param shared the network that they have if it is not to be one of their own
   * @throws IllegalStateException if something of it cannot be had here; nothing is left behind
   */
  public static Surroundings make(Own own, Path data, List<String> gateways, Network shared)
      throws IOException, InterruptedException {
    Clocks clocks = own.clocks() ? OwnClocks.make(data, gateways) : Clocks.SHARED;
    Disks disks = own.disks() ? OwnDisks.make(data, gateways) : Disks.SHARED;
    try {
      Network network = own.networks() ? Namespaces.make(gateways) : shared;
      return new Surroundings(network, disks, clocks);
    } catch (IllegalStateException e) {
      disks.close();
      throw e;
    }
  }

  /** Leaves nothing behind. Nothing must run in them any more. */
  @Override
  public void close() throws InterruptedException {
    try (network) {
      disks.close();
    }
  }
}
