package io.tidemark.deploy.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What each image took.
 *
 * @param tag of the images
 * @param idleSeconds how long after the start memory was looked at
 * @param devices simulated ones, beside one agent
 */
public record ImagesBenchResult(String tag, long idleSeconds, int devices, List<Image> images) {
  private static final long LIMIT_BYTES = 250_000_000;

  public ImagesBenchResult {
    images = List.copyOf(images);
  }

  /**
   * One image and its container.
   *
   * @param bytes of the image
   * @param limitBytes what these may be
   * @param ratio of the two
   * @param met whether it is at most the limit
   * @param startSeconds from the container's start until it was healthy, to about a second; of the
   *     demo until it said where its dashboards were
   * @param residentBytes of its processes (RSS) without the health check; what several of them
   *     share is counted for each
   * @param memoryBytes of the container as the engine counts it, health check included
   * @param memoryLimitBytes what the engine let it have
   */
  public record Image(
      String name,
      long bytes,
      long limitBytes,
      double ratio,
      boolean met,
      double startSeconds,
      long residentBytes,
      long memoryBytes,
      long memoryLimitBytes) {
    static Image of(
        String name,
        long bytes,
        double startSeconds,
        long residentBytes,
        long memoryBytes,
        int memoryMebibytes) {
      return new Image(
          "tidemark/" + name,
          bytes,
          LIMIT_BYTES,
          (double) bytes / LIMIT_BYTES,
          bytes <= LIMIT_BYTES,
          startSeconds,
          residentBytes,
          memoryBytes,
          (long) memoryMebibytes << 20);
    }
  }

  /** A table. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%-20s %8s %22s %8s %12s %12s %10s"
            .formatted("image", "size", "/ 250 MB", "start", "RSS", "container", "limit"));
    for (Image image : images) {
      lines.add(
          "%-20s %5.0f MB %14.2f: %-6s %6.1f s %8.0f MiB %8.0f MiB %6d MiB"
              .formatted(
                  image.name(),
                  image.bytes() / 1e6,
                  image.ratio(),
                  image.met() ? "met" : "missed",
                  image.startSeconds(),
                  image.residentBytes() / (double) (1 << 20),
                  image.memoryBytes() / (double) (1 << 20),
                  image.memoryLimitBytes() >> 20));
    }
    lines.add("");
    lines.add(
        "Memory is looked at %d s after the start: of ingest and gateway without anybody who sends, then of an agent with one sensor and of %d simulated devices that send to them, at last of a demo with one gateway and as many devices."
            .formatted(idleSeconds, devices));
    lines.add(
        "RSS is that of the program, or of the programs, each with what they share. Container is what the engine counts against the limit: what is shared once, and a health check that is just running, which is a Java of its own for ingest and gateway.");
    return lines;
  }
}
