package io.tidemark.sim;

import io.tidemark.sim.relay.Fault;
import io.tidemark.sim.relay.FaultListener;
import io.tidemark.sim.relay.FaultPattern;
import io.tidemark.sim.relay.FaultPlan;
import io.tidemark.sim.relay.Relay;
import io.tidemark.sim.relay.RelayClock;
import io.tidemark.sim.relay.RelayLimits;
import io.tidemark.sim.relay.Route;
import io.tidemark.sim.view.FaultLog;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a session's devices and its gateways: a relay with faults in front of each
 * gateway, or nothing where no faults are planned. Thread-safe.
 */
final class BadLink implements AutoCloseable {
  /** Longer than any pause between retransmissions (RFC 7252, section 4.2). */
  private static final Duration CLIENT_IDLE = Duration.ofSeconds(45);

  private final List<URI> gateways;
  private final @Nullable Relay relay;

  private BadLink(List<URI> gateways, @Nullable Relay relay) {
    this.gateways = gateways;
    this.relay = relay;
  }

  /**
   * Begins; so do the faults.
   *
   * @param devices how many may come
   * @param out told how to get through
   * @throws IOException if a relay cannot listen, or a gateway's name is not known
   */
  static BadLink open(
      List<URI> gateways,
      List<FaultPattern> faults,
      long seed,
      int devices,
      FaultLog log,
      PrintStream out)
      throws IOException {
    if (faults.isEmpty()) {
      return new BadLink(gateways, null);
    }
    InetSocketAddress free = new InetSocketAddress("127.0.0.1", 0);
    List<Route> routes = gateways.stream().map(gateway -> new Route(free, gateway)).toList();
    // A connection that one side has given up may be there a little longer, and so is the socket
    // of a device over CoAP that has made itself another.
    int room = 8 * devices + 200;
    RelayLimits limits =
        new RelayLimits(room, room, CLIENT_IDLE, RelayLimits.DEFAULT.waitingMaxBytes());
    Relay relay =
        Relay.start(
            routes, new FaultPlan(faults, seed), RelayClock.system(), limits, listener(log));
    List<URI> through = new ArrayList<>();
    for (int i = 0; i < routes.size(); i++) {
      InetSocketAddress address = relay.addresses().get(i);
      URI gateway = gateways.get(i);
      URI way =
          URI.create(
              "%s://%s:%d"
                  .formatted(gateway.getScheme(), address.getHostString(), address.getPort()));
      through.add(way);
      out.println("link with faults: " + way + " leads to " + gateway);
    }
    return new BadLink(through, relay);
  }

  /** Where devices are to connect to, in the place of the gateways. */
  List<URI> gateways() {
    return gateways;
  }

  /** Ends the faults, so that what waits can get through. */
  void endFaults() {
    if (relay != null) {
      relay.endFaults();
    }
  }

  @Override
  public void close() {
    if (relay != null) {
      relay.close();
    }
  }

  private static FaultListener listener(FaultLog log) {
    return new FaultListener() {
      @Override
      public void began(Fault fault) {
        log.began(fault, fault.effect().name(), fault.effect().text());
      }

      @Override
      public void ended(Fault fault) {
        log.ended(fault);
      }
    };
  }
}
