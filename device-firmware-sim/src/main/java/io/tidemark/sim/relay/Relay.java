package io.tidemark.sim.relay;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Stands between devices and gateways, passes on what they send, and does to it what a plan of
 * faults says. All routes have the same faults at the same time.
 *
 * <pre>
 * read -> lost, or: delay line (bandwidth, latency, jitter; freeze) -> write
 * </pre>
 *
 * <p>What passes in one direction of a connection passes whole and in order, or the connection
 * ends. Memory is bounded by {@link RelayLimits}. A TCP handshake with the relay is answered by the
 * system, so it is neither delayed nor, strictly, refused: a connection that is refused is reset
 * once it is made.
 *
 * <p>Thread-safe. The work is done on a few loops of its own.
 */
public final class Relay implements AutoCloseable {
  private static final int LOOPS_MAX = 4;

  private final EventLoopGroup loops;
  private final EventLoop timelineLoop;
  private final Link link;
  private final Timeline timeline;
  private final List<Carrier> carriers = new ArrayList<>();

  private Relay(EventLoopGroup loops, Link link, FaultPlan plan, FaultListener listener) {
    this.loops = loops;
    this.timelineLoop = loops.next();
    this.link = link;
    this.timeline = new Timeline(plan, link, listener);
  }

  /**
   * Starts; the plan begins now.
   *
   * @throws IOException if it cannot listen, or a gateway's name is not known
   */
  public static Relay start(
      List<Route> routes,
      FaultPlan plan,
      RelayClock clock,
      RelayLimits limits,
      FaultListener listener)
      throws IOException {
    int threads = Math.min(LOOPS_MAX, Math.max(1, Runtime.getRuntime().availableProcessors()));
    EventLoopGroup loops = new NioEventLoopGroup(threads, new DefaultThreadFactory("relay", true));
    Link link = new Link(plan.seed(), clock, limits);
    Relay relay = new Relay(loops, link, plan, listener);
    try {
      for (Route route : routes) {
        relay.carriers.add(relay.carry(route));
      }
      relay.timeline.follow(relay.timelineLoop, relay::changed);
      return relay;
    } catch (IOException | RuntimeException e) {
      relay.close();
      throw e;
    }
  }

  /** Where it listens, route by route. */
  public List<InetSocketAddress> addresses() {
    return carriers.stream().map(Carrier::address).toList();
  }

  /** Where its first route listens. */
  public InetSocketAddress address() {
    return carriers.get(0).address();
  }

  /** What it has done so far; also once it is closed. */
  public RelaySums sums() {
    return link.sums();
  }

  /**
   * Ends the faults, for good: what is in force is over, and nothing more begins. Connections that
   * are dead stay dead, until a side gives them up. Returns when that is so.
   */
  public void endFaults() {
    timelineLoop.submit(() -> timeline.end(this::changed)).syncUninterruptibly();
  }

  /** Stops listening, ends every connection, and waits until that is done. */
  @Override
  public void close() {
    if (loops.isShuttingDown()) {
      return;
    }
    carriers.forEach(Carrier::close);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private Carrier carry(Route route) throws IOException {
    InetSocketAddress gateway = route.gateway();
    if (gateway.isUnresolved() || route.listen().isUnresolved()) {
      String host = (gateway.isUnresolved() ? gateway : route.listen()).getHostString();
      throw new IOException("there is no host " + host);
    }
    return route.carriesDatagrams()
        ? UdpCarrier.start(link, loops.next(), route.listen(), gateway)
        : TcpCarrier.start(link, loops, route.listen(), gateway);
  }

  private void changed(Conditions before, Conditions now) {
    carriers.forEach(carrier -> carrier.changed(before, now));
  }
}
