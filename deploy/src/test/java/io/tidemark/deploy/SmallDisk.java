package io.tidemark.deploy;

import io.tidemark.deploy.pipeline.ChildProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * A disk of a few megabytes that can be filled up: a tmpfs in a mount namespace of its own, which a
 * sleeping process keeps. It outlives the programs that use it, but not this object. Without root
 * it takes a user namespace too. Used by one thread.
 */
final class SmallDisk implements AutoCloseable {
  private static final int BLOCK_BYTES = 64 << 10;

  private final Path folder;
  private final ChildProcess keeper;
  private final boolean root;

  private SmallDisk(Path folder, ChildProcess keeper, boolean root) {
    this.folder = folder;
    this.keeper = keeper;
    this.root = root;
  }

  /**
   * Makes one, empty.
   *
   * @param folder where programs started with {@link #command} find it; everybody else finds it
   *     empty there
   */
  static SmallDisk mount(Path folder, int megabytes) throws IOException {
    Files.createDirectories(folder);
    boolean root = "root".equals(System.getProperty("user.name"));
    List<String> command = new ArrayList<>(List.of("unshare", "--mount"));
    if (!root) {
      command.add("--map-root-user");
    }
    command.addAll(
        List.of(
            "/bin/sh",
            "-c",
            "mount -t tmpfs -o size=%dm tmpfs '%s' && touch '%s/mounted' && exec sleep infinity"
                .formatted(megabytes, folder, folder)));
    SmallDisk disk =
        new SmallDisk(
            folder, new ChildProcess("disk", folder.getParent(), Map.of(), command), root);
    disk.keeper.start();
    Awaitility.await("the disk is mounted")
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              if (!disk.keeper.isAlive()) {
                throw new AssertionError("cannot mount a tmpfs: " + disk.keeper.logTail());
              }
              return Files.exists(disk.seenFromHere("mounted"));
            });
    return disk;
  }

  Path folder() {
    return folder;
  }

  /** What a command has to begin with for its program to see the disk. */
  List<String> command() {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--target", Long.toString(keeper.pid()), "--mount"));
    if (!root) {
      command.addAll(List.of("--user", "--preserve-credentials"));
    }
    return List.copyOf(command);
  }

  /** Leaves no byte free. */
  void fill() throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    try (OutputStream ballast = Files.newOutputStream(seenFromHere("ballast"))) {
      for (int size = block.length; size > 0; ) {
        try {
          ballast.write(block, 0, size);
        } catch (IOException full) {
          size /= 2;
        }
      }
    }
  }

  /** Gives the space that {@link #fill} took back. */
  void free() throws IOException {
    Files.delete(seenFromHere("ballast"));
  }

  private Path seenFromHere(String name) {
    return Path.of("/proc/" + keeper.pid() + "/root" + folder).resolve(name);
  }

  @Override
  public void close() throws InterruptedException {
    keeper.kill();
  }
}
