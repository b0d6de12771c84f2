package io.tidemark.gateway.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetSocketInternal;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GatedVertxTest {
  private static final int WRITES = 5;

  private final AtomicInteger flushes = new AtomicInteger();

  @Test
  void whatIsWrittenInOneRoundOfTheEventLoopIsFlushedOnce() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      assertThat(flushesUntilReceived(vertx)).as("Vert.x by itself").isEqualTo(WRITES);
      assertThat(flushesUntilReceived(new GatedVertx(vertx, pipeline -> {}))).isEqualTo(1);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  /** How often a server of this Vert.x flushes until its client has what it writes byte by byte. */
  private int flushesUntilReceived(Vertx vertx) throws Exception {
    flushes.set(0);
    NetServer server = vertx.createNetServer().connectHandler(this::connected);
    CompletableFuture<Integer> port =
        server
            .listen(0, "127.0.0.1")
            .map(NetServer::actualPort)
            .toCompletionStage()
            .toCompletableFuture();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port.get())) {
      client.setSoTimeout(20_000);
      assertThat(client.getInputStream().readNBytes(WRITES)).hasSize(WRITES);
      return flushes.get();
    } finally {
      server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void connected(NetSocket socket) {
    ((NetSocketInternal) socket)
        .channelHandlerContext()
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void flush(ChannelHandlerContext context) {
                flushes.incrementAndGet();
                context.flush();
              }
            });
    Vertx.currentContext()
        .runOnContext(
            nothing -> {
              for (int i = 0; i < WRITES; i++) {
                socket.write(Buffer.buffer("x"));
              }
            });
  }
}
