package io.tidemark.agent.service;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how a running agent is to whoever connects to {@code agent.sock} in the journal's folder,
 * and then hangs up; nothing is read of anybody. Only the agent's own user can connect. A thread of
 * its own answers, one at a time.
 */
public final class StatusSocket implements AutoCloseable {
  static final String FILE = "agent.sock";

  /** An answer fits into the kernel's buffer, so that nobody can keep the thread waiting. */
  static final int ANSWER_MAX_BYTES = 64 << 10;

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(StatusSocket.class);

  private final ServerSocketChannel server;
  private final Path file;
  private final Supplier<String> answer;

  private StatusSocket(ServerSocketChannel server, Path file, Supplier<String> answer) {
    this.server = server;
    this.file = file;
    this.answer = answer;
  }

  /**
   * Opens it in {@code folder}, which must be this agent's alone; null, and a line in the log, if
   * that cannot be: the agent works without.
   */
  public static @Nullable StatusSocket open(Path folder, Supplier<String> answer) {
    Path file = folder.resolve(FILE);
    try {
      Files.deleteIfExists(file); // left by a process that was killed
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        server.bind(UnixDomainSocketAddress.of(file));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      } catch (IOException e) {
        server.close();
        throw e;
      }
      StatusSocket socket = new StatusSocket(server, file, answer);
      Thread thread = new Thread(socket::serve, "status");
      thread.setDaemon(true);
      thread.start();
      return socket;
    } catch (IOException | UnsupportedOperationException e) {
      log.warn("The agent cannot be asked for its status: {} ({})", file, e.getMessage());
      return null;
    }
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel client = server.accept()) {
        byte[] bytes = answer.get().getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, ANSWER_MAX_BYTES);
        client.configureBlocking(false);
        int unused = client.write(ByteBuffer.wrap(bytes, 0, length));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException e) {
        log.debug("A status could not be said", e);
      }
    }
  }

  /**
   * What the agent on the journal in {@code folder} says; null if none runs.
   *
   * @throws IOException if there is one, but it may not be asked or does not answer
   */
  public static @Nullable String ask(Path folder) throws IOException {
    return ask(folder, PATIENCE);
  }

  static @Nullable String ask(Path folder, Duration patience) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(file));
      return read(client, patience, file);
    } catch (SocketException e) {
      if (String.valueOf(e.getMessage()).contains("refused")) {
        return null; // nobody is behind it
      }
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static String read(SocketChannel client, Duration patience, Path file)
      throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(ANSWER_MAX_BYTES);
    long until = System.nanoTime() + patience.toNanos();
    client.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      client.register(selector, SelectionKey.OP_READ);
      while (client.read(answer) >= 0 && answer.hasRemaining()) {
        long left = (until - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new IOException(
              "%s: the agent runs, but has not answered for %d s"
                  .formatted(file, patience.toSeconds()));
        }
        selector.select(left);
        selector.selectedKeys().clear();
      }
    }
    return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    try {
      server.close();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.debug("The status socket could not be closed", e);
    }
  }
}
