package io.tidemark.agent.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running agent says how it is to its own user. */
class StatusSocketTest {
  @TempDir private Path dir;

  @Test
  void itSaysHowItIsWhileItRunsAndToItsOwnUserOnly() throws Exception {
    Path file = dir.resolve(StatusSocket.FILE);
    assertThat(StatusSocket.ask(dir)).as("nobody has ever run").isNull();
    try (StatusSocket open = StatusSocket.open(dir, () -> "well\nenough\n")) {
      assertThat(open).isNotNull();
      assertThat(StatusSocket.ask(dir)).isEqualTo("well\nenough\n");
      assertThat(StatusSocket.ask(dir)).as("again").isEqualTo("well\nenough\n");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void whatAKilledOneHasLeftIsNobody() throws Exception {
    Path file = dir.resolve(StatusSocket.FILE);
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(file));
    }
    assertThat(StatusSocket.ask(dir)).isNull();
    try (StatusSocket open = StatusSocket.open(dir, () -> "here")) {
      assertThat(open).isNotNull();
      assertThat(StatusSocket.ask(dir)).isEqualTo("here");
    }
  }

  @Test
  void oneThatIsStuckIsNotWaitedForForEver() throws Exception {
    Path file = dir.resolve(StatusSocket.FILE);
    try (ServerSocketChannel stuck = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stuck.bind(UnixDomainSocketAddress.of(file));
      assertThatThrownBy(() -> StatusSocket.ask(dir, Duration.ofMillis(100)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has not answered");
    }
  }

  @Test
  void whereNoSocketCanBeTheAgentWorksWithout() {
    assertThat(StatusSocket.open(dir.resolve("x".repeat(120)), () -> "here")).isNull();
  }
}
