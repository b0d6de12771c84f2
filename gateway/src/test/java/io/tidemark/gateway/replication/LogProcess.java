package io.tidemark.gateway.replication;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Semaphore;

/**
 * A process of its own that proposes numbered entries as fast as it can and prints each number once
 * it is committed. Made to be killed.
 */
final class LogProcess {
  private static final int IN_FLIGHT = 16;

  private LogProcess() {}

  public static void main(String[] arguments) throws Exception {
    Path dir = Path.of(arguments[0]);
    long number = Long.parseLong(arguments[1]);
    Random random = new Random(number);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    Semaphore room = new Semaphore(IN_FLIGHT);
    try (OpenLog open = Logs.open(dir)) {
      RatisLog log = open.log();
      out.println("leads");
      long marked = log.mark().index();
      for (; ; number++) {
        room.acquire();
        byte[] entry = new byte[8 + random.nextInt(20_000)];
        ByteBuffer.wrap(entry).putLong(number);
        long mine = number;
        log.propose(entry, 1)
            .whenComplete(
                (index, failure) -> {
                  if (failure == null) {
                    out.println(mine);
                  }
                  room.release();
                });
        if (number % 200 == 0) {
          // The test reads from the folder what is above the mark: keep half of it.
          long half = marked + (log.committedIndex() - marked) / 2;
          if (half > marked) {
            marked = half;
            log.advance(new Mark(half, 0)).toCompletableFuture().get();
          }
        }
      }
    }
  }
}
