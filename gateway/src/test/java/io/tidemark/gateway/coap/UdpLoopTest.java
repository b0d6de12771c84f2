package io.tidemark.gateway.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.awaitility.Durations.ONE_MILLISECOND;

import io.tidemark.gateway.intake.AddressRate;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.elements.RawData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UdpLoopTest {
  /** Some fifteen turns' worth, or as much of it as the socket's buffer holds. */
  private static final int BURST = 1_000;

  private static final int TURNS_MAX = 500;
  private static final int EVERYTHING = 1 << 20;
  private static final int DATAGRAM_MAX_BYTES = 1 << 16;

  private final Semaphore permits = new Semaphore(0);
  private final AtomicInteger begun = new AtomicInteger();
  private final UdpLoop loop =
      new UdpLoop(
          new InetSocketAddress("127.0.0.1", 0),
          1 << 20,
          new AddressRate(Integer.MAX_VALUE),
          new CoapCounters());

  @BeforeEach
  void start() throws Exception {
    loop.setRawDataReceiver(this::receive);
    loop.start();
  }

  @AfterEach
  void stop() {
    permits.release(EVERYTHING);
    loop.destroy();
  }

  private void receive(RawData datagram) {
    begun.incrementAndGet();
    permits.acquireUninterruptibly();
  }

  /** As much as the kernel keeps of a burst, then one turn of the loop; what waits after it. */
  private int turn(DatagramSocket flood) throws Exception {
    for (int i = 0; i < BURST; i++) {
      send(flood);
    }
    int done = begun.get() + UdpLoop.DATAGRAMS_IN_TURN;
    permits.release(UdpLoop.DATAGRAMS_IN_TURN);
    await().pollDelay(Duration.ZERO).pollInterval(ONE_MILLISECOND).until(() -> begun.get() == done);
    return loop.backlogBytes();
  }

  private void send(DatagramSocket flood) throws IOException {
    flood.send(new DatagramPacket(new byte[1], 1, loop.getAddress()));
  }

  @Test
  void whatWaitsHasABound() throws Exception {
    try (DatagramSocket flood = new DatagramSocket()) {
      send(flood);
      await().until(() -> begun.get() == 1);
      int turns = 0;
      while (turn(flood) < UdpLoop.BACKLOG_MAX_BYTES - DATAGRAM_MAX_BYTES) {
        assertThat(++turns).as("turns without reaching the bound").isLessThan(TURNS_MAX);
      }
      for (int i = 0; i < 5; i++) {
        assertThat(turn(flood)).isLessThan(UdpLoop.BACKLOG_MAX_BYTES + DATAGRAM_MAX_BYTES);
      }
    }
    permits.release(EVERYTHING);
    await().until(() -> loop.backlogBytes() == 0);
  }
}
