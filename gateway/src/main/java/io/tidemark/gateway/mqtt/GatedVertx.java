package io.tidemark.gateway.mqtt;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetServerImpl;
import io.vertx.core.net.impl.NetSocketInternal;
import java.util.function.Supplier;

/**
 * Vert.x with a {@link Gate} in each connection of its servers. The MQTT server takes its sockets
 * from there, and shows a connection to nobody before its CONNECT; most of what has to be refused
 * comes earlier.
 */
final class GatedVertx extends VertxWrapper {
  private final Supplier<Gate> gates;

  GatedVertx(Vertx vertx, Supplier<Gate> gates) {
    super((VertxInternal) vertx);
    this.gates = gates;
  }

  @Override
  public NetServer createNetServer(NetServerOptions options) {
    return new GatedServer(delegate, options, gates);
  }

  private static final class GatedServer extends NetServerImpl {
    private final Supplier<Gate> gates;

    GatedServer(VertxInternal vertx, NetServerOptions options, Supplier<Gate> gates) {
      super(vertx, options);
      this.gates = gates;
    }

    @Override
    public synchronized NetServer connectHandler(Handler<NetSocket> handler) {
      return super.connectHandler(
          socket -> {
            handler.handle(socket);
            gates.get().install(((NetSocketInternal) socket).channelHandlerContext().pipeline());
          });
    }
  }
}
