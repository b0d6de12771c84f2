package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Each gateway on a disk of its own: a file {@code disk-ID.img} in the pipeline's folder, with an
 * ext4 in it that is mounted where the gateway's data folder would be. Needs root, e2fsprogs and
 * util-linux. Used by one thread.
 *
 * <p>If this process is killed, the disks stay mounted, and perhaps stalled: {@code fsfreeze
 * --unfreeze} and {@code umount} undo that.
 */
public final class OwnDisks implements Disks {
  /** Blocks are taken in the file only where something is written. */
  private static final long DISK_BYTES = 1L << 30;

  private static final String BALLAST = "ballast-";
  private static final long BALLAST_MIN_BYTES = 4 << 10;

  private final Map<String, Path> mounts = new LinkedHashMap<>();
  private final Set<String> stalled = new LinkedHashSet<>();

  private final Path folder;

  private OwnDisks(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes them, empty.
   *
   * @param data the pipeline's folder, without any gateway's data
   * @throws IllegalStateException if they cannot be made; nothing is mounted then
   */
  public static OwnDisks make(Path data, List<String> gateways)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(data.toAbsolutePath());
    OwnDisks made = new OwnDisks(folder);
    try {
      for (String gateway : gateways) {
        Path file = image(folder, gateway);
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
          image.setLength(DISK_BYTES);
        }
        run("mkfs.ext4", "-q", "-F", "-m", "0", file.toString());
        Path mount = Files.createDirectories(folder.resolve(Pipeline.GATEWAY_FOLDER + gateway));
        mount(file, mount);
        made.mounts.put(gateway, mount);
      }
      return made;
    } catch (IllegalStateException e) {
      made.close();
      throw e;
    }
  }

  private static void mount(Path image, Path at) throws InterruptedException {
    run("mount", "-o", "loop", image.toString(), at.toString());
  }

  /** Whether there are disks in a pipeline's folder, mounted or not. */
  public static boolean areIn(Path data) {
    return Files.exists(image(data, Pipeline.gatewayIds(1).get(0)));
  }

  private static Path image(Path data, String gateway) {
    return data.resolve("disk-" + gateway + ".img");
  }

  private Path mount(String gateway) {
    Path mount = mounts.get(gateway);
    if (mount == null) {
      throw new IllegalStateException(gateway + " has no disk");
    }
    return mount;
  }

  @Override
  public Path dataFolder(String gateway, Path folder) {
    return mount(gateway).resolve("data");
  }

  /** By blocks that are taken and not written. */
  @Override
  public void fill(String gateway) throws InterruptedException {
    long bytes = usable(gateway);
    for (int i = 0; bytes >= BALLAST_MIN_BYTES; i++) {
      Path ballast = mount(gateway).resolve(BALLAST + i);
      try {
        run("fallocate", "--length", Long.toString(bytes), ballast.toString());
        bytes = usable(gateway);
      } catch (IllegalStateException e) {
        // Some of it is what the file system needs to note who has the rest.
        bytes /= 2;
      }
    }
  }

  private long usable(String gateway) {
    try {
      return Files.getFileStore(mount(gateway)).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For good: a power cut a moment later is not to bring it back. */
  @Override
  public void makeRoom(String gateway) {
    try (var files = Files.newDirectoryStream(mount(gateway), BALLAST + "*");
        FileChannel mount = FileChannel.open(mount(gateway), StandardOpenOption.READ)) {
      for (Path file : files) {
        Files.delete(file);
      }
      mount.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stall(String gateway) throws InterruptedException {
    stalled.add(gateway);
    run("fsfreeze", "--freeze", mount(gateway).toString());
  }

  @Override
  public void resume(String gateway) throws InterruptedException {
    if (stalled.remove(gateway)) {
      run("fsfreeze", "--unfreeze", mount(gateway).toString());
    }
  }

  /** What is not fsynced has not come to the image, as a rule: it is in the kernel's memory. */
  @Override
  public void snapshot(String gateway) throws InterruptedException {
    run("cp", "--sparse=always", image(folder, gateway).toString(), kept(gateway).toString());
  }

  @Override
  public void restore(String gateway) throws InterruptedException {
    run("umount", mount(gateway).toString());
    run("mv", kept(gateway).toString(), image(folder, gateway).toString());
    mount(image(folder, gateway), mount(gateway));
  }

  private Path kept(String gateway) {
    return folder.resolve("disk-" + gateway + ".kept");
  }

  @Override
  public void resumeAll() throws InterruptedException {
    for (String gateway : List.copyOf(stalled)) {
      resume(gateway);
    }
  }

  @Override
  public void close() throws InterruptedException {
    resumeAll();
    for (Path mount : mounts.values()) {
      run("umount", mount.toString());
    }
  }

  private static void run(String... command) throws InterruptedException {
    MachineTool.run(
        "disks of the gateways' own need root, e2fsprogs and util-linux", List.of(command));
  }
}
