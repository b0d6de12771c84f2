package io.tidemark.gateway.coap;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.tidemark.gateway.intake.AddressRate;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.identity.UntrustedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.InMemoryMessageExchangeStore;
import org.eclipse.californium.core.network.interceptors.MalformedMessageInterceptor;
import org.eclipse.californium.core.network.interceptors.MessageInterceptorAdapter;
import org.eclipse.californium.elements.Connector;
import org.eclipse.californium.elements.RawData;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.util.CheckedExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Listens for devices at a UDP port with DTLS, one without, or both; the datagrams of each are
 * worked off by one thread, {@link DtlsLoop}'s or {@link UdpLoop}'s. What is bounded is bounded for
 * both together, but for message ids.
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

  /** A port that is listened at. */
  private record Entrance(Connector loop, CoapEndpoint endpoint, CoapRequests requests) {
    int port() {
      return endpoint.getAddress().getPort();
    }
  }

  /** What runs while it listens. */
  private record Running(
      @Nullable Entrance plain, @Nullable Entrance secure, ScheduledExecutorService timer) {
    List<Entrance> entrances() {
      return Stream.of(plain, secure).filter(Objects::nonNull).toList();
    }

    void end() {
      entrances().forEach(entrance -> entrance.endpoint.destroy());
      timer.shutdownNow();
    }
  }

  private final CoapSettings settings;
  private final Intake intake;
  private final @Nullable CoapDtls dtls;
  private final CoapCounters counters = new CoapCounters();
  private final InFlight inFlight;
  private final AddressRate requestRates;
  private final AddressRate datagramRates;
  private final BlockTransfers transfers;
  private volatile @Nullable Running running;
  private volatile boolean stopping;

  /**
   * Does not listen yet.
   *
   * @param dtls null if it listens without DTLS alone
   */
  public CoapListener(CoapSettings settings, Intake intake, @Nullable CoapDtls dtls) {
    this.settings = settings;
    this.intake = intake;
    this.dtls = dtls;
    this.inFlight = new InFlight(settings.inFlightMax(), settings.inFlightPerAddressMax());
    this.requestRates = new AddressRate(settings.messagesPerSecondPerAddressMax());
    this.datagramRates =
        new AddressRate(DATAGRAMS_PER_REQUEST * settings.messagesPerSecondPerAddressMax());
    this.transfers =
        new BlockTransfers(
            settings.transfersMaxBytes(), settings.payloadMaxBytes(), System::nanoTime);
  }

  /**
   * Listens.
   *
   * @throws IOException if it cannot, naming the address
   */
  public void start() throws IOException {
    // What it runs, it gives to the loops.
    ScheduledExecutorService timer = timer();
    Running started =
        new Running(settings.plain() ? plain() : null, dtls == null ? null : secure(dtls), timer);
    for (Entrance entrance : started.entrances()) {
      entrance.endpoint.setExecutors(timer, timer);
      try {
        entrance.endpoint.start();
      } catch (IOException e) {
        started.end();
        boolean secure = entrance == started.secure;
        throw new IOException(
            "cannot listen for CoAP at %s:%d (%s): free it, or set tidemark.coap.host and tidemark.coap.%s"
                .formatted(
                    settings.host(),
                    secure ? settings.dtlsPort() : settings.port(),
                    e.getMessage(),
                    secure ? "dtls.port" : "port"),
            e);
      }
      var unused =
          timer.scheduleWithFixedDelay(
              entrance.requests::acknowledgeWaiting,
              EMPTY_ACK_LOOK_MS,
              EMPTY_ACK_LOOK_MS,
              MILLISECONDS);
    }
    running = started;
  }

  /**
   * Ends the connections of devices that would not be let in any more. To be called after a change
   * of the access list. Any thread.
   */
  public void lookAgain() {
    DtlsLoop loop = dtlsLoop();
    if (loop != null) {
      loop.lookAgain();
    }
  }

  private Entrance plain() {
    return entrance(
        new UdpLoop(
            new InetSocketAddress(settings.host(), settings.port()),
            RECEIVE_BUFFER_BYTES,
            datagramRates,
            counters),
        null);
  }

  private Entrance secure(CoapDtls secured) {
    return entrance(
        DtlsLoop.of(settings, secured, RECEIVE_BUFFER_BYTES, datagramRates, counters), secured);
  }

  private <L extends Connector & CheckedExecutor> Entrance entrance(
      L loop, @Nullable CoapDtls secured) {
    RememberedExchanges remembered =
        new RememberedExchanges(
            settings.rememberedMax(),
            SECONDS.toNanos(EXCHANGE_LIFETIME_S),
            inFlight::contains,
            System::nanoTime);
    CoapRequests requests =
        new CoapRequests(
            intake,
            requestRates,
            new Answers(settings.retryAfter(), settings.payloadMaxBytes()),
            counters,
            inFlight,
            transfers,
            remembered,
            secured);
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
    return new Entrance(loop, endpoint, requests);
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

  /** UDP port listened at without DTLS; -1 if none. */
  public int port() {
    Running now = running;
    return now == null || now.plain == null ? -1 : now.plain.port();
  }

  /** UDP port listened at with DTLS; -1 if none. */
  public int dtlsPort() {
    Running now = running;
    return now == null || now.secure == null ? -1 : now.secure.port();
  }

  /** True while it listens. */
  public boolean listening() {
    Running now = running;
    return now != null
        && !stopping
        && now.entrances().stream().allMatch(entrance -> entrance.loop.isRunning());
  }

  private @Nullable DtlsLoop dtlsLoop() {
    Running now = running;
    return now != null && now.secure != null && now.secure.loop instanceof DtlsLoop loop
        ? loop
        : null;
  }

  /** Devices whose keys are kept, and handshakes that are not over. */
  public int dtlsConnections() {
    DtlsLoop loop = dtlsLoop();
    return loop == null ? 0 : loop.connections();
  }

  /** Handshakes that are not over. */
  public int dtlsHandshakes() {
    DtlsLoop loop = dtlsLoop();
    return loop == null ? 0 : loop.handshakes();
  }

  /** Handshakes that DTLS itself ended. */
  public long handshakesFailed() {
    return counters.handshakes.sum();
  }

  /** Handshakes with a key that is not the one of the device they name, or there is no such. */
  public long wrongKeys() {
    return counters.wrongKeys.sum();
  }

  /** Handshakes that ended as somebody was not believed, or not let in. */
  public long untrustedFor(UntrustedException.Reason reason) {
    return counters.untrustedFor(reason);
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

  /**
   * Datagrams dropped because too many waited: by the kernel, since it listens, which Linux alone
   * counts, and behind DTLS.
   */
  public long dropped() {
    Running now = running;
    long byKernel =
        now == null
            ? 0
            : now.entrances().stream().mapToLong(entrance -> SocketDrops.at(entrance.port())).sum();
    return byKernel + counters.backlog.sum();
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
    Running now = running;
    if (now != null) {
      now.entrances().forEach(entrance -> entrance.requests.stop());
    }
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
