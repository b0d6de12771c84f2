package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * How much a group's log may take: an equal share of what this gateway's logs may take together,
 * and no more than what the same share is on any other member, who keeps the same entries.
 *
 * @param settings of this gateway
 * @param groups how many share
 * @param othersMaxBytes the smallest {@code tidemark.log.max-bytes} of the other members
 */
record Room(LogSettings settings, int groups, LongSupplier othersMaxBytes) {

  /** Why a log takes no more; empty if it does. */
  String whyFull(String group, Path dir, Usage usage) throws IOException {
    long maxBytes = Math.min(settings.maxBytes(), othersMaxBytes.getAsLong());
    if (usage.bytes() > maxBytes / groups) {
      return "the log of group %s has %d bytes that are not forwarded, tidemark.log.max-bytes is %d%s"
          .formatted(group, usage.bytes(), maxBytes, share());
    }
    if (usage.entries() > settings.maxEntries() / groups) {
      return "the log of group %s has %d entries that are not forwarded, tidemark.log.max-entries is %d%s"
          .formatted(group, usage.entries(), settings.maxEntries(), share());
    }
    long free = Files.getFileStore(dir).getUsableSpace();
    if (free < settings.freeSpaceMinBytes()) {
      return "the disk of %s has %d bytes left, tidemark.log.free-space-min-bytes is %d"
          .formatted(dir, free, settings.freeSpaceMinBytes());
    }
    return "";
  }

  private String share() {
    return groups == 1 ? "" : " for " + groups + " groups together";
  }
}
