package io.tidemark.sim.link.mqtt;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tidemark.sim.link.Connector;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Uplink;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** MQTT connections of any number of devices on a few event loops. Thread-safe. */
public final class MqttConnector implements Connector {
  /** Port of a gateway URL without one. */
  static final int DEFAULT_PORT = 1883;

  /** How long a TCP connection, and then the gateway's CONNACK, may take: 10 s. */
  static final int CONNECT_TIMEOUT_MILLIS = 10_000;

  /** Most bytes a packet from a gateway may have; a gateway only answers: 64 KiB. */
  private static final int INBOUND_MAX_BYTES = 64 << 10;

  private final EventLoopGroup loops;
  private final Duration keepAlive;

  /**
   * Makes the loops; threads start when they are used.
   *
   * @param threads how many loops
   * @param keepAlive announced to the gateway; a connection from which nothing came for one and a
   *     half times as long is given up. Whole seconds, 1 to 65,535.
   */
  public MqttConnector(int threads, Duration keepAlive) {
    this.loops = new NioEventLoopGroup(threads, new DefaultThreadFactory("mqtt", true));
    this.keepAlive = keepAlive;
  }

  @Override
  public Uplink uplink() {
    return new MqttUplink(loops.next());
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private final class MqttUplink implements Uplink {
    private final EventLoop loop;

    MqttUplink(EventLoop loop) {
      this.loop = loop;
    }

    @Override
    public ScheduledExecutorService loop() {
      return loop;
    }

    @Override
    public void connect(URI gateway, String device, LinkListener listener) {
      MqttLink link = new MqttLink(device, keepAlive, listener);
      int port = gateway.getPort() < 0 ? DEFAULT_PORT : gateway.getPort();
      ChannelFuture connecting =
          new Bootstrap()
              .group(loop)
              .channel(NioSocketChannel.class)
              .option(ChannelOption.TCP_NODELAY, true)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
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
              .connect(gateway.getHost(), port);
      connecting.addListener(
          done -> {
            if (!done.isSuccess()) {
              listener.lost("cannot connect to " + gateway + ": " + done.cause().getMessage(), 0);
            }
          });
    }
  }
}
