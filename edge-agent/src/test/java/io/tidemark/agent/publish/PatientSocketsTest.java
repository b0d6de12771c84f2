package io.tidemark.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PatientSocketsTest {
  @Test
  void theEndIsNotShownBeforeSomethingWasToBeWritten() throws Exception {
    PatientSockets sockets = new PatientSockets(null);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = sockets.createSocket()) {
      socket.connect(server.getLocalSocketAddress(), 10_000);
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      sockets.abandon();

      assertThat(in.available()).isZero();
      FutureTask<Integer> read = new FutureTask<>(in::read);
      Thread reader = new Thread(read, "reader");
      reader.start();
      await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
      assertThatThrownBy(() -> out.write(new byte[] {1})).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> read.get(30, TimeUnit.SECONDS))
          .hasRootCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void whoWasAbandonedConnectsNoMore() throws Exception {
    PatientSockets sockets = new PatientSockets(null);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = sockets.createSocket()) {
      sockets.abandon();
      assertThatThrownBy(() -> socket.connect(server.getLocalSocketAddress(), 10_000))
          .hasMessageContaining("given up");
      assertThatThrownBy(sockets::createSocket).hasMessageContaining("given up");
    }
  }
}
