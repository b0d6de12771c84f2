package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntSupplier;

/**
 * How much a group's log may take: an equal share of what this gateway's logs may take together,
 * and no more than what the same share is on any other member, who keeps the same entries. Data is
 * turned away a sixteenth before that: it is kept for what a full log needs to get on, which are
 * marks and the entries of elections, of some hundred bytes each.
 *
 * @param settings of this gateway
 * @param groups how many share, at that moment
 * @param others what is known of the other members
 */
record Room(LogSettings settings, IntSupplier groups, Others others) {

  /** What the other members have said of their room. */
  interface Others {
    /** The smallest {@code tidemark.log.max-bytes} of any. */
    long maxBytes();

    /** Why so many of them have no room on their disks that a majority has not; else empty. */
    String withoutRoom();
  }

  private static final int RESERVED_PART = 16;

  /** How much of its room for data a log takes; 1 is all of it. */
  double filled(long bytes, long entries) {
    return Math.max((double) bytes / dataMaxBytes(), (double) entries / entriesMax());
  }

  /** Why a log takes no more; empty if it does. */
  String whyFull(String group, Usage usage) throws IOException {
    if (usage.bytes() > dataMaxBytes()) {
      return "the log of group %s has %d bytes that are not forwarded, tidemark.log.max-bytes is %d%s, and a sixteenth of it is not for data"
          .formatted(group, usage.bytes(), maxBytes(), share());
    }
    if (usage.entries() > entriesMax()) {
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

  /**
   * The disk, and how much of it is for logs.
   *
   * @param logBytes what they take now
   */
  DiskUse disk(long logBytes) throws IOException {
    return new DiskUse(
        Files.getFileStore(settings.dir().toAbsolutePath()).getUsableSpace(),
        settings.freeSpaceMinBytes(),
        logBytes,
        maxBytes());
  }

  private long maxBytes() {
    return Math.min(settings.maxBytes(), others.maxBytes());
  }

  private long dataMaxBytes() {
    long share = maxBytes() / groups.getAsInt();
    return share - share / RESERVED_PART;
  }

  private long entriesMax() {
    return Math.max(1, settings.maxEntries() / groups.getAsInt());
  }

  private String share() {
    int sharing = groups.getAsInt();
    return sharing == 1 ? "" : " for " + sharing + " groups together";
  }
}
