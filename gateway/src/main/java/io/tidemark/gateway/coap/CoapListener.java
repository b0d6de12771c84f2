package io.tidemark.gateway.coap;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.tidemark.gateway.intake.AddressRate;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Reason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.random.RandomGenerator;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.InMemoryMessageExchangeStore;
import org.eclipse.californium.core.network.interceptors.MalformedMessageInterceptor;
import org.eclipse.californium.core.network.interceptors.MessageInterceptorAdapter;
import org.eclipse.californium.elements.RawData;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.jspecify.annotations.Nullable;

/**
 * Listens for devices on a UDP port; datagrams are worked off by one thread, {@link UdpLoop}'s.
 *
 * <p>{@link #start}, {@link #drain} and {@link #close} block and are called by one thread; the rest
 * is thread-safe.
 */
public final class CoapListener implements AutoCloseable {
  /** For a burst of devices; the kernel may give less. Its own default holds some 160 datagrams. */
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  /**
   * A request and the acknowledgement of a late answer; so an address that is within its rate is
   * not cut off. One that is beyond has as many requests again refused with an answer, and then
   * hears nothing more: answers may go to somebody whose address was forged.
   */
  private static final int DATAGRAMS_PER_REQUEST = 2;

  private static final long EXCHANGE_LIFETIME_S = 247;
  private static final long EMPTY_ACK_LOOK_MS = 100;
  private static final long DRAIN_TIMEOUT_MS = 5_000;
  private static final long DRAIN_LOOK_MS = 20;

  private static final class CountMalformed extends MessageInterceptorAdapter
      implements MalformedMessageInterceptor {
    private final CoapCounters counters;

    private CountMalformed(CoapCounters counters) {
      this.counters = counters;
    }

    @Override
    public void receivedMalformedMessage(RawData datagram) {
      counters.malformed.increment();
    }
  }

  /** What runs while it listens. */
  private record Running(UdpLoop loop, CoapEndpoint endpoint, ScheduledExecutorService timer) {
    void end() {
      endpoint.destroy();
      timer.shutdownNow();
    }
  }

  private final CoapSettings settings;
  private final Intake intake;
  private final CoapCounters counters = new CoapCounters();
  private final InFlight inFlight;
  private final RememberedExchanges remembered;
  private final CoapRequests requests;
  private volatile @Nullable Running running;
  private volatile boolean stopping;

  /** Does not listen yet. */
  public CoapListener(CoapSettings settings, Intake intake) {
    this.settings = settings;
    this.intake = intake;
    this.inFlight = new InFlight(settings.inFlightMax(), settings.inFlightPerAddressMax());
    this.remembered =
        new RememberedExchanges(
            settings.rememberedMax(),
            SECONDS.toNanos(EXCHANGE_LIFETIME_S),
            inFlight::contains,
            System::nanoTime);
    this.requests =
        new CoapRequests(
            intake,
            new AddressRate(settings.messagesPerSecondPerAddressMax()),
            new Answers(settings.retryAfter(), settings.payloadMaxBytes()),
            counters,
            inFlight,
            new BlockTransfers(
                settings.transfersMaxBytes(), settings.payloadMaxBytes(), System::nanoTime),
            remembered);
  }

  /**
   * Listens.
   *
   * @throws IOException if it cannot, naming the address
   */
  public void start() throws IOException {
    UdpLoop loop =
        new UdpLoop(
            new InetSocketAddress(settings.host(), settings.port()),
            RECEIVE_BUFFER_BYTES,
            new AddressRate(DATAGRAMS_PER_REQUEST * settings.messagesPerSecondPerAddressMax()),
            counters);
    Running started = new Running(loop, endpoint(loop), timer());
    // What they run, they give to the loop.
    started.endpoint.setExecutors(started.timer, started.timer);
    try {
      started.endpoint.start();
    } catch (IOException e) {
      started.end();
      throw new IOException(
          "cannot listen for CoAP at %s:%d (%s): free it, or set tidemark.coap.host and tidemark.coap.port"
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
    var unused =
        started.timer.scheduleWithFixedDelay(
            requests::acknowledgeWaiting, EMPTY_ACK_LOOK_MS, EMPTY_ACK_LOOK_MS, MILLISECONDS);
    running = started;
  }

  private CoapEndpoint endpoint(UdpLoop loop) {
    Configuration configuration = configuration();
    InMemoryMessageExchangeStore exchanges = new InMemoryMessageExchangeStore(configuration);
    exchanges.setDeduplicator(remembered);
    exchanges.setMessageIdProvider(new MessageIds(RandomGenerator.of("L64X128MixRandom")));
    CoapEndpoint endpoint =
        new LoopEndpoint(
            loop,
            configuration,
            exchanges,
            new DatagramParser(() -> intake.refused(Reason.PROTOCOL)));
    endpoint.setMessageDeliverer(requests);
    endpoint.addPostProcessInterceptor(new CountMalformed(counters));
    return endpoint;
  }

  /** Made here and not read from anywhere: Californium's standard one writes a file. */
  private static Configuration configuration() {
    return new Configuration(SystemConfig.DEFINITIONS, CoapConfig.DEFINITIONS)
        // Blocks are put together here.
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, 0)
        // A request that is answered keeps only what its repetition needs.
        .set(CoapConfig.USE_MESSAGE_OFFLOADING, true)
        // Nothing is ever requested from a group.
        .set(CoapConfig.MULTICAST_BASE_MID, 0);
  }

  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "coap-timer");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** UDP port listened at; -1 if none. */
  public int port() {
    Running now = running;
    return now == null ? -1 : now.endpoint.getAddress().getPort();
  }

  /** True while it listens. */
  public boolean listening() {
    Running now = running;
    return now != null && now.loop.isRunning() && !stopping;
  }

  /** Requests taken and not answered. */
  public int inFlight() {
    return inFlight.count();
  }

  /** Answers sent late and not acknowledged. */
  int late() {
    return inFlight.late();
  }

  /** Non-confirmable deliveries that came. */
  public long nonTaken() {
    return counters.nonTaken.sum();
  }

  /** Non-confirmable deliveries that were committed all the same. */
  public long nonCommitted() {
    return counters.nonCommitted.sum();
  }

  /** Non-confirmable deliveries that were not. */
  public long nonLost() {
    return counters.nonLost.sum();
  }

  /** Datagrams that are not CoAP, or have options this gateway must not ignore. */
  public long malformed() {
    return counters.malformed.sum();
  }

  /** Datagrams the kernel dropped because too many waited, since it listens; Linux alone counts. */
  public long dropped() {
    Running now = running;
    return now == null ? 0 : SocketDrops.at(now.loop.getAddress().getPort());
  }

  /** Datagrams nobody looked at, of addresses that sent more than twice what they may. */
  public long tooFast() {
    return counters.tooFast.sum();
  }

  /** Datagrams there was no room to send. */
  public long unsent() {
    return counters.unsent.sum();
  }

  /** Turns new requests away, and waits up to five seconds for the answers of those taken. */
  public void drain() throws InterruptedException {
    stopping = true;
    requests.stop();
    Object pause = new Object();
    long deadline = System.nanoTime() + MILLISECONDS.toNanos(DRAIN_TIMEOUT_MS);
    synchronized (pause) {
      while (inFlight.count() + inFlight.late() > 0 && System.nanoTime() < deadline) {
        MILLISECONDS.timedWait(pause, DRAIN_LOOK_MS);
      }
    }
  }

  /** Closes the port. */
  @Override
  public void close() {
    stopping = true;
    Running closed = running;
    running = null;
    if (closed != null) {
      closed.end();
    }
  }
}
