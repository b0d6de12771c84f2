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
import java.net.URI;
import java.time.Duration;

/** Connects devices over MQTT, in one version of it. Thread-safe. */
public final class MqttClient {
  /** How its gateways' URLs begin. */
  public static final String SCHEME = "tcp";

  /** Port of a gateway URL without one. */
  static final int DEFAULT_PORT = 1883;

  /** Most bytes a packet from a gateway may have; a gateway only answers: 64 KiB. */
  private static final int INBOUND_MAX_BYTES = 64 << 10;

  private final MqttVersion version;
  private final Duration keepAlive;

  /**
   * Opens nothing yet.
   *
   * @param version 3.1.1 or 5
   * @param keepAlive announced to the gateway; a connection from which nothing came for one and a
   *     half times as long is given up. Whole seconds, 1 to 65,535.
   */
  public MqttClient(MqttVersion version, Duration keepAlive) {
    this.version = version;
    this.keepAlive = keepAlive;
  }

  /** Connects on {@code loop}, as {@link io.tidemark.sim.link.Uplink#connect} says. */
  public void connect(
      EventLoop loop, URI gateway, String device, Duration max, LinkListener listener) {
    MqttLink link = new MqttLink(device, version, keepAlive, max, listener);
    int port = gateway.getPort() < 0 ? DEFAULT_PORT : gateway.getPort();
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) max.toMillis())
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
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
