package io.tidemark.sim.link.mqtt;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.tidemark.sim.link.ConnectFailure;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Proofs;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Connects devices over MQTT, in one version of it. Thread-safe. */
public final class MqttClient {
  /** How its gateways' URLs begin. */
  public static final String SCHEME = "tcp";

  /** How they begin if they are spoken to over TLS. */
  public static final String TLS_SCHEME = "ssl";

  /** Port of a gateway URL without one. */
  static final int DEFAULT_PORT = 1883;

  private static final int DEFAULT_TLS_PORT = 8883;

  /** Most bytes a packet from a gateway may have; a gateway only answers: 64 KiB. */
  private static final int INBOUND_MAX_BYTES = 64 << 10;

  private final MqttVersion version;
  private final Duration keepAlive;
  private final @Nullable Proofs proofs;

  /**
   * Opens nothing yet.
   *
   * @param version 3.1.1 or 5
   * @param keepAlive announced to the gateway; a connection from which nothing came for one and a
   *     half times as long is given up. Whole seconds, 1 to 65,535.
   * @param proofs for gateways that are spoken to over TLS; null if there are none
   */
  public MqttClient(MqttVersion version, Duration keepAlive, @Nullable Proofs proofs) {
    this.version = version;
    this.keepAlive = keepAlive;
    this.proofs = proofs;
  }

  /** Whether a gateway is to be spoken to over TLS. */
  public static boolean isEncrypted(URI gateway) {
    return TLS_SCHEME.equals(gateway.getScheme());
  }

  /** Connects on {@code loop}, as {@link io.tidemark.sim.link.Uplink#connect} says. */
  public void connect(
      EventLoop loop, URI gateway, String device, Duration max, LinkListener listener) {
    MqttLink link = new MqttLink(device, version, keepAlive, max, listener);
    Proofs asked = isEncrypted(gateway) ? proofs : null;
    int usual = isEncrypted(gateway) ? DEFAULT_TLS_PORT : DEFAULT_PORT;
    int port = gateway.getPort() < 0 ? usual : gateway.getPort();
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) max.toMillis())
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                if (asked != null) {
                  TlsHandlers.add(channel.pipeline(), asked, device, gateway.getHost(), port, max);
                }
                channel
                    .pipeline()
                    .addLast(new FlushConsolidationHandler(256, true))
                    .addLast(new MqttDecoder(INBOUND_MAX_BYTES))
                    .addLast(MqttEncoder.INSTANCE)
                    .addLast(link);
              }
            })
        .connect(gateway.getHost(), port)
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                ConnectFailure.tell(loop, gateway, done.cause(), listener);
              }
            });
  }
}
