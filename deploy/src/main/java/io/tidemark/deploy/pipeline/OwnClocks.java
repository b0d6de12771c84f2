package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Each gateway with a clock of its own, by libfaketime: a file {@code clock-ID} in the pipeline's
 * folder says how many seconds it is ahead, and the process looks there once a second. Only the
 * time of day is another; what measures how long something takes goes on as it was, as when
 * somebody sets a machine's clock.
 */
public final class OwnClocks implements Clocks {
  /** Names the library. */
  public static final String VARIABLE = "TIDEMARK_FAKETIME";

  private final Path library;
  private final Path folder;

  private OwnClocks(Path library, Path folder) {
    this.library = library;
    this.folder = folder;
  }

  /**
   * Makes them, all right.
   *
   * @param data the pipeline's folder
   * @throws IllegalStateException if there is no libfaketime
   */
  public static OwnClocks make(Path data, List<String> gateways) throws IOException {
    String library = System.getenv(VARIABLE);
    if (library == null || !Files.isRegularFile(Path.of(library))) {
      throw new IllegalStateException(
          "clocks of the gateways' own need libfaketime: %s is to name its libfaketime.so.1, which ./tidemark sees to where Debian's packages can be had"
              .formatted(VARIABLE));
    }
    OwnClocks made =
        new OwnClocks(
            Path.of(library).toAbsolutePath(), Files.createDirectories(data.toAbsolutePath()));
    gateways.forEach(gateway -> made.set(gateway, Duration.ZERO));
    return made;
  }

  private Path file(String gateway) {
    return folder.resolve("clock-" + gateway);
  }

  @Override
  public Map<String, String> environment(String gateway) {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAKETIME_TIMESTAMP_FILE", file(gateway).toString(),
        "FAKETIME_CACHE_DURATION", "1",
        // Files' times are the kernel's.
        "NO_FAKE_STAT", "1",
        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        // With it, waits in the JVM end early.
        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
  }

  @Override
  public void set(String gateway, Duration ahead) {
    Path file = file(gateway);
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try {
      Files.writeString(next, "%+d\n".formatted(ahead.toSeconds()));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
