package io.tidemark.gateway.coap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Datagrams the kernel has dropped because a socket's buffer was full, by Linux's books: the last
 * column of /proc/net/udp (proc(5)). Thread-safe.
 */
final class SocketDrops {
  private static final List<Path> BOOKS =
      List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"));
  private static final int LOCAL_ADDRESS = 1;

  private SocketDrops() {}

  /** Of the sockets at that port; 0 where there are no such books. */
  static long at(int port) {
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    long drops = 0;
    for (Path book : BOOKS) {
      try {
        for (String line : Files.readAllLines(book)) {
          String[] columns = line.strip().split("\\s+");
          if (columns[LOCAL_ADDRESS].endsWith(suffix)) {
            drops += Long.parseLong(columns[columns.length - 1]);
          }
        }
      } catch (IOException e) {
        // Not Linux, or no IPv6: nobody has counted.
        continue;
      }
    }
    return drops;
  }
}
