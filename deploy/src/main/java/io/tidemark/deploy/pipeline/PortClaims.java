package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which ports this process has chosen, seen by all pipelines of this user on this machine: nobody
 * listens yet on a port that was just chosen, nor on that of a gateway that is down for a while.
 *
 * <p>The byte of a file at the port's number is locked until this process ends, however it ends.
 * Safe for use by several threads.
 */
final class PortClaims {
  private static final Set<Integer> OURS = new HashSet<>();
  private static @Nullable FileChannel file;

  private PortClaims() {}

  /** Whether nobody had claimed it, we neither: we have now, then. */
  static synchronized boolean claim(int port) {
    return !OURS.contains(port) && hold(port);
  }

  /** Whether no other process has claimed it: it is ours then, as it may have been. */
  static synchronized boolean hold(int port) {
    if (OURS.contains(port)) {
      return true;
    }
    try {
      if (file == null) {
        file = open();
      }
      FileLock lock = file.tryLock(port, 1, false); // until the process ends
      if (lock == null) {
        return false;
      }
    } catch (IOException e) {
      // Claims spare others a surprise; ports are as good without them.
    }
    return OURS.add(port);
  }

  private static FileChannel open() throws IOException {
    Path shared =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "tidemark-ports-" + System.getProperty("user.name"));
    Set<PosixFilePermission> mine = PosixFilePermissions.fromString("rw-------");
    return FileChannel.open(
        shared,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(mine));
  }
}
