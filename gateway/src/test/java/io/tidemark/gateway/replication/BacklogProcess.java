package io.tidemark.gateway.replication;

import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/**
 * A process with a small heap that writes a backlog many times its size and reads it all back,
 * several times. Prints how much memory is in use after each part.
 */
final class BacklogProcess {
  private static final int ENTRY_BYTES = 256 << 10;

  private BacklogProcess() {}

  public static void main(String[] arguments) throws Exception {
    long backlogBytes = Long.parseLong(arguments[1]);
    try (OpenLog open = Logs.open(settings(Path.of(arguments[0])))) {
      RatisLog log = open.log();
      write(log, backlogBytes / ENTRY_BYTES);
      print("written");
      for (int round = 0; round < 2; round++) {
        long at = 0;
        long entries = 0;
        while (at <= log.committedIndex()) {
          Chunk chunk = log.read(at, 1 << 20);
          entries += chunk.entries().size();
          at = chunk.next();
        }
        print("read " + entries);
      }
    }
  }

  private static LogSettings settings(Path dir) {
    LogSettings s = Logs.settings(dir);
    return new LogSettings(s.gateway(), s.peers(), dir, 1L << 40, 1_000_000, 1, 8 << 20);
  }

  private static void write(RatisLog log, long entries) throws InterruptedException {
    Semaphore room = new Semaphore(4);
    for (long i = 0; i < entries; i++) {
      room.acquire();
      log.propose(new byte[ENTRY_BYTES], 1).whenComplete((index, failure) -> room.release());
    }
    room.acquire(4);
  }

  private static void print(String what) {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    System.out.println(what + " " + used);
  }
}
