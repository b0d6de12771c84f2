package io.tidemark.gateway.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Sends batch after batch, each once the one before is acknowledged, whatever others do. */
final class GoodDevice implements AutoCloseable {
  private final RawMqtt mqtt;
  private final Thread thread = new Thread(this::send, "good-device");
  private volatile long acknowledged;
  private volatile boolean stopped;
  private volatile @Nullable Throwable failure;

  GoodDevice(int port) throws IOException {
    this(RawMqtt.connected(port, 5, "good"));
  }

  /** Over a connection that was let in. */
  GoodDevice(RawMqtt connected) {
    mqtt = connected;
    thread.start();
  }

  private void send() {
    try {
      byte[] batch = Batches.readings("good", 0, 1);
      while (!stopped) {
        int packetId = 1 + (int) (acknowledged % 65_535);
        mqtt.publish(packetId, "devices/good/telemetry", batch);
        Packet packet = mqtt.read();
        assertThat(packet.type()).isEqualTo(RawMqtt.PUBACK);
        assertThat(packet.packetId()).isEqualTo(packetId);
        assertThat(packet.pubackReason()).isZero();
        acknowledged++;
      }
    } catch (IOException | AssertionError e) {
      failure = e;
    }
  }

  /** Fails unless it has been acknowledged all the time, and still is. */
  void assertServed() {
    long before = acknowledged;
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> failure != null || acknowledged > before + 10);
    assertThat(failure).isNull();
  }

  @Override
  public void close() throws Exception {
    stopped = true;
    thread.join(20_000);
    mqtt.close();
  }
}
