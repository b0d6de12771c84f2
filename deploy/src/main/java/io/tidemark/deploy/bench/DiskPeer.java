package io.tidemark.deploy.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The same lines to a file, an fsync a block: no store that is durable can be quicker. */
final class DiskPeer implements IngestBench.Peer {
  private final Path file;

  DiskPeer(Path folder) {
    file = folder.resolve("peer");
  }

  @Override
  public String name() {
    return "write and fsync";
  }

  @Override
  public double write(List<BenchRows.Block> blocks) throws IOException {
    long begun = System.nanoTime();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      for (BenchRows.Block block : blocks) {
        ByteBuffer buffer = ByteBuffer.wrap(block.encode());
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(false);
      }
    }
    return (System.nanoTime() - begun) / 1e9;
  }
}
