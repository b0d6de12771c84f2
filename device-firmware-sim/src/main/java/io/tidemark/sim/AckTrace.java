package io.tidemark.sim;

import io.tidemark.sim.fleet.AckListener;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes what gateways acknowledge, as they do, a line a batch of readings, each with one write: so
 * another process can read along. Time (of this machine's clock), device, gateway, epoch, the first
 * reading's number, and how many readings:
 *
 * <pre>
 * 2026-01-01T00:00:02.125310Z,sim-00001,tcp://127.0.0.1:1883,6755399441055744,0,10
 * </pre>
 *
 * <p>Thread-safe. What cannot be written is told once, and nothing is written after it.
 */
final class AckTrace implements AckListener, Closeable {
  private final List<URI> gateways;
  private final OutputStream out;
  private final Consumer<IOException> broken;
  private boolean failed;

  private AckTrace(List<URI> gateways, OutputStream out, Consumer<IOException> broken) {
    this.gateways = List.copyOf(gateways);
    this.out = out;
    this.broken = broken;
  }

  /**
   * Begins a new file, replacing one that is there; null without a file.
   *
   * @param gateways as they were asked for, even if there is a link with faults before them
   * @param broken told if the file can no longer be written
   */
  static @Nullable AckTrace open(
      @Nullable Path file, List<URI> gateways, Consumer<IOException> broken) throws IOException {
    if (file == null) {
      return null;
    }
    Path parent = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || parent == null || !Files.isDirectory(parent)) {
      throw new IllegalArgumentException(
          "--ack-trace must be a file in a folder that is there, but is " + file);
    }
    return new AckTrace(gateways, Files.newOutputStream(file), broken);
  }

  @Override
  public synchronized void acknowledged(
      String device, int gateway, long epoch, long first, int count) {
    if (failed) {
      return;
    }
    String line =
        "%s,%s,%s,%d,%d,%d\n"
            .formatted(Instant.now(), device, gateways.get(gateway), epoch, first, count);
    try {
      out.write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      failed = true;
      broken.accept(new IOException("--ack-trace cannot be written: " + e.getMessage(), e));
    }
  }

  @Override
  public synchronized void close() throws IOException {
    failed = true; // nothing may come any more
    out.close();
  }
}
