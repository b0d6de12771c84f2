package io.tidemark.gateway.coap;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;

import io.tidemark.gateway.intake.AddressRate;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ConcurrentModificationException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.californium.elements.Connector;
import org.eclipse.californium.elements.EndpointContextMatcher;
import org.eclipse.californium.elements.RawData;
import org.eclipse.californium.elements.RawDataChannel;
import org.eclipse.californium.elements.UdpEndpointContext;
import org.eclipse.californium.elements.util.CheckedExecutor;
import org.eclipse.californium.elements.util.ClockUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The UDP socket, and the one thread that receives, does what is to be done, and sends: so nothing
 * is handed from thread to thread on the way. Datagrams it has not got to wait here, up to a bound;
 * then in the socket's buffer, and when that is full the kernel drops them, as UDP may and as the
 * devices' repetitions are there for.
 *
 * <p>{@link #start}, {@link #stop} and {@link #destroy} are called by one thread; {@link #execute}
 * and {@link #send} by any.
 */
final class UdpLoop implements Connector, CheckedExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(UdpLoop.class);

  /** A datagram has less (RFC 768 has 16 bits for its length). */
  private static final int DATAGRAM_MAX_BYTES = 1 << 16;

  /** Waiting datagrams are received up to that. */
  static final int BACKLOG_MAX_BYTES = 4 << 20;

  /** What a datagram costs beside its bytes. */
  private static final int DATAGRAM_OVERHEAD_BYTES = 512;

  /** Datagrams worked off one after the other before more are received. */
  static final int DATAGRAMS_IN_TURN = 64;

  /** Datagrams received one after the other, kept or not, before others are worked off. */
  private static final int RECEIVED_IN_TURN = 1_024;

  /** Addresses kept at hand; a power of two. */
  private static final int PEERS = 4_096;

  /** A socket may fail again and again: then it must not take the processor, nor fill the log. */
  private static final long FAILED_PAUSE_NANOS = MILLISECONDS.toNanos(100);

  private static final long FAILED_SILENCE_NANOS = MINUTES.toNanos(1);

  private static final long STOP_TIMEOUT_MS = 5_000;

  /** What there is while it runs. */
  private record Running(DatagramChannel channel, Selector selector, Thread thread) {}

  private final InetSocketAddress wanted;
  private final int receiveBufferBytes;
  private final AddressRate rates;
  private final CoapCounters counters;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean sleeping = new AtomicBoolean();
  private final Queue<RawData> backlog = new ArrayDeque<>();
  private final ByteBuffer input = ByteBuffer.allocateDirect(DATAGRAM_MAX_BYTES);
  private final ByteBuffer output = ByteBuffer.allocateDirect(DATAGRAM_MAX_BYTES);
  private final @Nullable UdpEndpointContext[] peers = new UdpEndpointContext[PEERS];
  private @Nullable Long failureSaidNanos;
  private volatile int backlogBytes;
  private volatile InetSocketAddress address;
  private volatile @Nullable RawDataChannel receiver;
  private volatile @Nullable Running running;

  /**
   * Does not listen yet.
   *
   * @param rates how many datagrams of an address are looked at
   * @param counters count what is discarded
   */
  UdpLoop(
      InetSocketAddress wanted, int receiveBufferBytes, AddressRate rates, CoapCounters counters) {
    this.wanted = wanted;
    this.receiveBufferBytes = receiveBufferBytes;
    this.rates = rates;
    this.counters = counters;
    address = wanted;
  }

  @Override
  public void start() throws IOException {
    if (wanted.isUnresolved()) {
      throw new IOException("there is no such host"); // a channel would throw no IOException
    }
    DatagramChannel channel = DatagramChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
      channel.bind(wanted);
      channel.configureBlocking(false);
      Selector selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      address = (InetSocketAddress) channel.getLocalAddress();
      Thread thread = new Thread(this::run, "coap");
      thread.setDaemon(true);
      running = new Running(channel, selector, thread);
      thread.start();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void run() {
    Running own = running;
    while (own != null && running == own) {
      receive(own.channel);
      boolean idle = work() == 0;
      workOffBacklog();
      if (idle && backlog.isEmpty()) {
        sleep(own.selector);
      }
    }
  }

  /** Takes what there is into the backlog, as far as there is room. */
  private void receive(DatagramChannel channel) {
    try {
      for (int i = 0; i < RECEIVED_IN_TURN && backlogBytes < BACKLOG_MAX_BYTES; i++) {
        input.clear();
        if (!(channel.receive(input) instanceof InetSocketAddress source)) {
          return;
        }
        received(source);
      }
    } catch (IOException e) {
      if (channel.isOpen()) {
        failed("a datagram could not be received", e);
      }
    }
  }

  /** Says so once in a while, and waits a little before it is tried again. */
  private void failed(String what, IOException e) {
    long now = System.nanoTime();
    if (failureSaidNanos == null || now - failureSaidNanos >= FAILED_SILENCE_NANOS) {
      failureSaidNanos = now;
      LOG.error(what, e);
    }
    LockSupport.parkNanos(FAILED_PAUSE_NANOS);
  }

  private void received(InetSocketAddress source) {
    if (source.getPort() == 0) {
      return; // Who sends from there wants no answer (RFC 768).
    }
    if (rates.take(AddressRate.network(source.getAddress())) > 0) {
      counters.tooFast.increment();
      return;
    }
    byte[] bytes = new byte[input.flip().remaining()];
    input.get(bytes);
    backlog.add(RawData.inbound(bytes, peer(source), false, ClockUtil.nanoRealtime(), address));
    addBacklogBytes(bytes.length + DATAGRAM_OVERHEAD_BYTES);
  }

  /**
   * The one there is for this address, as a rule: what is remembered of a device's messages then
   * shares it, and it need not be looked up in memory that has gone cold.
   */
  private UdpEndpointContext peer(InetSocketAddress source) {
    int at = source.hashCode() & (PEERS - 1);
    UdpEndpointContext known = peers[at];
    if (known == null || !known.getPeerAddress().equals(source)) {
      known = new UdpEndpointContext(source);
      peers[at] = known;
    }
    return known;
  }

  private void workOffBacklog() {
    RawDataChannel now = receiver;
    for (int i = 0; i < DATAGRAMS_IN_TURN && !backlog.isEmpty(); i++) {
      RawData datagram = backlog.remove();
      addBacklogBytes(-datagram.getSize() - DATAGRAM_OVERHEAD_BYTES);
      if (now != null) {
        guarded(() -> now.receiveData(datagram));
      }
    }
  }

  /** On the loop's thread alone. */
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private void addBacklogBytes(int bytes) {
    backlogBytes += bytes;
  }

  /** Memory of datagrams that wait here. */
  int backlogBytes() {
    return backlogBytes;
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("what was to be done for a device failed", e);
    }
  }

  private int work() {
    int done = 0;
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      done++;
      guarded(task);
    }
    return done;
  }

  /** Until there is a datagram or a task. */
  private void sleep(Selector selector) {
    sleeping.set(true);
    try {
      if (tasks.isEmpty()) {
        selector.select();
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      failed("the CoAP port can not be waited for", e);
    } finally {
      sleeping.set(false);
    }
  }

  /** Does it soon, on the loop's thread, after what was given before. */
  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    wake();
  }

  private void wake() {
    Running now = running;
    if (now != null && sleeping.compareAndSet(true, false)) {
      now.selector.wakeup();
    }
  }

  @Override
  public boolean checkOwner() {
    Running now = running;
    return now != null && now.thread == Thread.currentThread();
  }

  @Override
  public void assertOwner() {
    if (!checkOwner()) {
      throw new ConcurrentModificationException("only for the thread of the CoAP port");
    }
  }

  @Override
  public void send(RawData datagram) {
    if (checkOwner()) {
      write(datagram);
    } else {
      execute(() -> write(datagram));
    }
  }

  /** What there is no room for is lost, as it could be on its way; whoever waits asks again. */
  private void write(RawData datagram) {
    Running now = running;
    InetSocketAddress destination = datagram.getInetSocketAddress();
    try {
      datagram.onContextEstablished(datagram.getEndpointContext());
      output.clear().put(datagram.getBytes()).flip();
      if (now == null || now.channel.send(output, destination) == 0) {
        counters.unsent.increment();
        datagram.onError(new IOException("no room to send to " + destination));
      } else {
        datagram.onSent();
      }
    } catch (IOException e) {
      counters.unsent.increment();
      datagram.onError(e);
    }
  }

  @Override
  public void setRawDataReceiver(RawDataChannel next) {
    receiver = next;
  }

  @Override
  public void setEndpointContextMatcher(EndpointContextMatcher matcher) {
    // For connections that can change; a datagram's address is all there is.
  }

  @Override
  public void processDatagram(DatagramPacket datagram) {
    throw new UnsupportedOperationException("datagrams come through the socket only");
  }

  @Override
  public InetSocketAddress getAddress() {
    return address;
  }

  @Override
  public String getProtocol() {
    return "UDP";
  }

  @Override
  public boolean isRunning() {
    Running now = running;
    return now != null && now.thread.isAlive();
  }

  @Override
  public void stop() {
    Running stopped = running;
    if (stopped == null) {
      return;
    }
    running = null;
    stopped.selector.wakeup();
    try {
      stopped.thread.join(STOP_TIMEOUT_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      stopped.selector.close();
      stopped.channel.close();
    } catch (IOException e) {
      LOG.warn("the CoAP port did not close", e);
    }
  }

  @Override
  public void destroy() {
    stop();
    receiver = null;
    tasks.clear();
  }
}
