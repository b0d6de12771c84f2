package io.tidemark.sim.link.mqtt;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.tidemark.identity.Tls;
import io.tidemark.sim.link.Proofs;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** Encrypts a device's connection, and proves who it is. */
final class TlsHandlers {
  private TlsHandlers() {}

  static void add(
      ChannelPipeline pipeline, Proofs proofs, String device, String host, int port, Duration max) {
    SSLEngine engine = proofs.of(device).createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(Tls.versions());
    parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the host is compared
    engine.setSSLParameters(parameters);
    SslHandler handler = new SslHandler(engine);
    handler.setHandshakeTimeoutMillis(max.toMillis());
    pipeline.addLast(handler).addLast(new Refusals(proofs, device));
  }

  /** In TLS 1.3 a server says that it does not believe a client only after the handshake. */
  private static final class Refusals extends ChannelInboundHandlerAdapter {
    private final Proofs proofs;
    private final String device;

    Refusals(Proofs proofs, String device) {
      this.proofs = proofs;
      this.device = device;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
      for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
        if (cause instanceof SSLException) {
          proofs.refused(device);
          break;
        }
      }
      ctx.fireExceptionCaught(thrown);
    }
  }
}
