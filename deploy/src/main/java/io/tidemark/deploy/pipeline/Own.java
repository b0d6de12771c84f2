package io.tidemark.deploy.pipeline;

/**
 * What each gateway of a pipeline has of its own, so that it can be taken from it, rather than the
 * machine's.
 *
 * @param networks whether gateways can be cut off, see {@link Namespaces}
 * @param disks whether their disks can fail them, see {@link OwnDisks}
 * @param clocks whether their clocks can be set, see {@link OwnClocks}
 */
public record Own(boolean networks, boolean disks, boolean clocks) {
  /** All is the machine's. */
  public static final Own NOTHING = new Own(false, false, false);
}
