package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much a group's log may take: an equal share of what this gateway's logs may take together,
 * and no more than what the same share is on any other member, who keeps the same entries.
 *
 * @param settings of this gateway
 * @param groups how many share
 * @param others what is known of the other members
 */
record Room(LogSettings settings, int groups, Others others) {

  /** What the other members have said of their room. */
  interface Others {
    /** The smallest {@code tidemark.log.max-bytes} of any. */
    long maxBytes();

    /** Why so many of them have no room on their disks that a majority has not; else empty. */
    String withoutRoom();
  }

  /** Why a log takes no more; empty if it does. */
  String whyFull(String group, Usage usage) throws IOException {
    long maxBytes = Math.min(settings.maxBytes(), others.maxBytes());
    if (usage.bytes() > maxBytes / groups) {
      return "the log of group %s has %d bytes that are not forwarded, tidemark.log.max-bytes is %d%s"
          .formatted(group, usage.bytes(), maxBytes, share());
    }
    if (usage.entries() > settings.maxEntries() / groups) {
      return "the log of group %s has %d entries that are not forwarded, tidemark.log.max-entries is %d%s"
          .formatted(group, usage.entries(), settings.maxEntries(), share());
    }
    String disk = shortDisk();
    return disk.isEmpty() ? others.withoutRoom() : disk;
  }

  /** Why there is no room on this gateway's disk; empty if there is. */
  String shortDisk() throws IOException {
    Path dir = settings.dir().toAbsolutePath();
    long free = Files.getFileStore(dir).getUsableSpace();
    return free < settings.freeSpaceMinBytes()
        ? "the disk of %s has %d bytes left, tidemark.log.free-space-min-bytes is %d"
            .formatted(dir, free, settings.freeSpaceMinBytes())
        : "";
  }

  private String share() {
    return groups == 1 ? "" : " for " + groups + " groups together";
  }
}
