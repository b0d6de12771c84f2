package io.tidemark.deploy.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.tidemark.deploy.pipeline.Http;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An ingest that says for ever that it copies. */
@Timeout(60)
final class BackupPatienceTest {
  private static final int GROWS_FOR = 3;

  @Test
  void aCopyThatDoesNotGrowIsGivenUp(@TempDir Path folder) throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.createFile(data.resolve("lock"));
    AtomicInteger asked = new AtomicInteger();
    HttpServer ingest =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    ingest.createContext(
        "/",
        exchange -> {
          boolean begins = exchange.getRequestMethod().equals("POST");
          int copied = Math.min(GROWS_FOR, begins ? 0 : asked.incrementAndGet());
          byte[] body =
              "{\"state\":\"copying\",\"copiedBytes\":%d,\"totalBytes\":9,\"software\":\"1\"}"
                  .formatted(copied)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(begins ? 202 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    ingest.start();
    List<String> said = new ArrayList<>();
    try {
      Backup backup =
          new Backup(
              data,
              data.resolve("identity"),
              folder.resolve("to"),
              "http://127.0.0.1:" + ingest.getAddress().getPort(),
              new Http(),
              Duration.ofSeconds(1),
              new Progress(said::add));
      assertThatThrownBy(backup::make)
          .isInstanceOf(BackupException.class)
          .hasMessage(
              "ingest has copied nothing for 1 s, at 3 bytes: look at its disk and its log");
      assertThat(asked.get()).as("waited while it grew").isGreaterThan(GROWS_FOR);
      assertThat(said).isNotEmpty();
    } finally {
      ingest.stop(0);
    }
  }
}
