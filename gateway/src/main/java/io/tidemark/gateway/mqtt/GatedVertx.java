package io.tidemark.gateway.mqtt;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetServerImpl;
import io.vertx.core.net.impl.NetSocketInternal;
import java.util.function.Consumer;

/**
 * Vert.x with a {@link Gate} in each connection of its servers. The MQTT server takes its sockets
 * from there, and shows a connection to nobody before its CONNECT; most of what has to be refused
 * comes earlier.
 *
 * <p>Flushes wait for the end of the event loop's round: acknowledgements that become known
 * together go out with one system call. Vert.x flushes each by itself unless it answers what is
 * just being read, which ours never do: they wait for the commit.
 */
final class GatedVertx extends VertxWrapper {
  /** Flushes put off before one goes out all the same. */
  private static final int FLUSHES_MAX = 256;

  private final Consumer<ChannelPipeline> gates;

  /**
   * Around this one.
   *
   * @param gates puts a gate into a connection's pipeline, on the connection's event loop
   */
  GatedVertx(Vertx vertx, Consumer<ChannelPipeline> gates) {
    super((VertxInternal) vertx);
    this.gates = gates;
  }

  @Override
  public NetServer createNetServer(NetServerOptions options) {
    return new GatedServer(delegate, options, gates);
  }

  private static final class GatedServer extends NetServerImpl {
    private final Consumer<ChannelPipeline> gates;

    GatedServer(VertxInternal vertx, NetServerOptions options, Consumer<ChannelPipeline> gates) {
      super(vertx, options);
      this.gates = gates;
    }

    @Override
    public synchronized NetServer connectHandler(Handler<NetSocket> handler) {
      return super.connectHandler(
          socket -> {
            ChannelPipeline pipeline =
                ((NetSocketInternal) socket).channelHandlerContext().pipeline();
            pipeline.addFirst(new FlushConsolidationHandler(FLUSHES_MAX, true));
            handler.handle(socket);
            gates.accept(pipeline);
          });
    }
  }
}
