package io.tidemark.sim.link.coap;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.NetUtil;
import io.tidemark.sim.link.ConnectFailure;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Proofs;
import io.tidemark.wire.Routes;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Connects devices over CoAP: a socket for each, as each has an address of its own. What is read is
 * put into a buffer of its loop's for as long as it is looked at, so an idle socket holds none.
 * Thread-safe.
 */
public final class CoapClient {
  /** How its gateways' URLs begin. */
  public static final String SCHEME = "coap";

  /** How they begin if they are spoken to over DTLS. */
  public static final String DTLS_SCHEME = "coaps";

  /** Ports of gateway URLs without one (RFC 7252, sections 6.1 and 6.2). */
  static final int DEFAULT_PORT = 5683;

  private static final int DEFAULT_DTLS_PORT = 5684;

  /** Most bytes read of a datagram; a gateway only answers, in fewer. The rest is cut off. */
  private static final int DATAGRAM_MAX_BYTES = 2_048;

  private final CoapTimes times;
  private final @Nullable Proofs proofs;

  /**
   * One for every message of this process, from a random start: an answer that a gateway remembers
   * for another socket, or another process, never has the token that is waited for.
   */
  private final AtomicLong tokens = new AtomicLong(new SecureRandom().nextLong());

  /**
   * Opens nothing yet.
   *
   * @param proofs for gateways that are spoken to over DTLS; null if there are none
   */
  public CoapClient(CoapTimes times, @Nullable Proofs proofs) {
    this.times = times;
    this.proofs = proofs;
  }

  /** Whether a gateway speaks CoAP. */
  public static boolean isFor(URI gateway) {
    return SCHEME.equals(gateway.getScheme()) || isEncrypted(gateway);
  }

  /** Whether a gateway is to be spoken to over DTLS. */
  public static boolean isEncrypted(URI gateway) {
    return DTLS_SCHEME.equals(gateway.getScheme());
  }

  /**
   * Opens a socket on {@code loop}, as {@link io.tidemark.sim.link.Uplink#connect} says. The
   * gateway is there when it answers a ping: an empty confirmable message, answered by a reset (RFC
   * 7252, section 4.3).
   *
   * @param jitter decides when this device sends again; used on the loop only
   */
  public void connect(
      EventLoop loop,
      URI gateway,
      String device,
      Duration max,
      SplittableRandom jitter,
      LinkListener listener) {
    Proofs asked = isEncrypted(gateway) ? proofs : null;
    CoapLink link =
        new CoapLink(
            options(gateway, device),
            times,
            max,
            this::token,
            jitter,
            asked == null ? null : () -> asked.refused(device),
            listener);
    int usual = isEncrypted(gateway) ? DEFAULT_DTLS_PORT : DEFAULT_PORT;
    int port = gateway.getPort() < 0 ? usual : gateway.getPort();
    new Bootstrap()
        .group(loop)
        .channel(NioDatagramChannel.class)
        .option(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_MAX_BYTES))
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                if (asked != null) {
                  channel
                      .pipeline()
                      .addLast(DtlsHandler.of(asked, device, gateway.getHost(), port, max));
                }
                channel.pipeline().addLast(link);
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

  /** Where payloads of a device go (RFC 7252, section 6.4). */
  private static List<CoapOption> options(URI gateway, String device) {
    List<CoapOption> options = new ArrayList<>();
    String host = gateway.getHost();
    if (!NetUtil.isValidIpV4Address(host) && !host.startsWith("[")) {
      options.add(CoapOption.text(CoapOption.URI_HOST, host.toLowerCase(Locale.ROOT)));
    }
    for (String segment : Routes.telemetry(device).split("/", -1)) {
      options.add(CoapOption.text(CoapOption.URI_PATH, segment));
    }
    return options;
  }

  private byte[] token() {
    return ByteBuffer.allocate(Long.BYTES).putLong(tokens.getAndIncrement()).array();
  }
}
