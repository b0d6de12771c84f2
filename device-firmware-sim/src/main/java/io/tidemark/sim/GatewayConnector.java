package io.tidemark.sim;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tidemark.sim.link.Connector;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Proofs;
import io.tidemark.sim.link.Uplink;
import io.tidemark.sim.link.coap.CoapClient;
import io.tidemark.sim.link.coap.CoapTimes;
import io.tidemark.sim.link.mqtt.MqttClient;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects any number of devices on a few event loops, over the protocol that a gateway's URL
 * names. Thread-safe.
 */
final class GatewayConnector implements Connector {
  /** How gateways' URLs may begin. */
  static final Set<String> SCHEMES =
      Set.of(MqttClient.SCHEME, MqttClient.TLS_SCHEME, CoapClient.SCHEME, CoapClient.DTLS_SCHEME);

  private final EventLoopGroup loops;
  private final MqttChoice mqtt;
  private final int gateways;
  private final long seed;
  private final MqttClient mqtt5;
  private final MqttClient mqtt311;
  private final CoapClient coap;

  /**
   * Makes the loops; threads start when they are used.
   *
   * @param threads how many loops
   * @param gateways how many gateways there are
   * @param keepAlive of MQTT connections
   * @param seed decides the jitter
   * @param proofs for gateways that are spoken to over TLS or DTLS; null if there are none
   */
  GatewayConnector(
      int threads,
      MqttChoice mqtt,
      int gateways,
      Duration keepAlive,
      long seed,
      @Nullable Proofs proofs) {
    this.loops = new NioEventLoopGroup(threads, new DefaultThreadFactory("links", true));
    this.mqtt = mqtt;
    this.gateways = gateways;
    this.seed = seed;
    this.mqtt5 = new MqttClient(MqttVersion.MQTT_5, keepAlive, proofs);
    this.mqtt311 = new MqttClient(MqttVersion.MQTT_3_1_1, keepAlive, proofs);
    this.coap = new CoapClient(CoapTimes.DEFAULT, proofs);
  }

  @Override
  public Uplink uplink(int device) {
    MqttVersion version = mqtt.of(device, gateways);
    return new DeviceUplink(
        loops.next(),
        version == MqttVersion.MQTT_5 ? mqtt5 : mqtt311,
        new SplittableRandom(seed * 0x9E3779B97F4A7C15L - device));
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private final class DeviceUplink implements Uplink {
    private final EventLoop loop;
    private final MqttClient overMqtt;
    private final SplittableRandom jitter;

    DeviceUplink(EventLoop loop, MqttClient overMqtt, SplittableRandom jitter) {
      this.loop = loop;
      this.overMqtt = overMqtt;
      this.jitter = jitter;
    }

    @Override
    public ScheduledExecutorService loop() {
      return loop;
    }

    @Override
    public void connect(URI gateway, String device, Duration max, LinkListener listener) {
      if (CoapClient.isFor(gateway)) {
        coap.connect(loop, gateway, device, max, jitter, listener);
      } else {
        overMqtt.connect(loop, gateway, device, max, listener);
      }
    }
  }
}
