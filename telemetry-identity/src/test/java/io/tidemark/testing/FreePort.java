package io.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * TCP ports for who must know theirs before they listen, or come back to it. Below those the kernel
 * gives to whoever asks for any, and nobody who asks here, in whatever module, gets one twice: each
 * is a locked byte of a file until the tests' process ends. Safe for use by several threads.
 */
public final class FreePort {
  private static final int LOWEST = 10_000;
  private static final int HIGHEST = 31_999;

  private FreePort() {}

  /** One that nobody listens on, on any address. */
  public static synchronized int next() {
    try {
      // One for the process, though Quarkus loads this class more than once: with the first that is
      // closed all its locks would go.
      FileChannel claims =
          (FileChannel)
              System.getProperties().computeIfAbsent(FreePort.class.getName(), name -> open());
      int port;
      do {
        port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
      } while (!claimed(claims, port) || !isFree(port));
      return port;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One file for all modules, whose folders the tests run in. */
  private static FileChannel open() {
    try {
      Path folder = Files.createDirectories(Path.of("..", "target"));
      return FileChannel.open(
          folder.resolve("test-ports"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean claimed(FileChannel claims, int port) throws IOException {
    try {
      return claims.tryLock(port, 1, false) != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
