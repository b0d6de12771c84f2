package io.tidemark.deploy;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Routes;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A device by somebody else's MQTT client: sends bytes as they are and says how they were
 * acknowledged.
 */
final class DeviceClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long PAUSE_MS = 200;
  private static final int QUOTA_EXCEEDED = Mqtt5PubAckReasonCode.QUOTA_EXCEEDED.getCode();

  private final Mqtt5AsyncClient client;

  DeviceClient(String mqttUrl, String clientId) throws Exception {
    URI url = URI.create(mqttUrl);
    client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier(clientId)
            .serverHost(url.getHost())
            .serverPort(url.getPort())
            .buildAsync();
    connect();
  }

  private void connect() throws InterruptedException, ExecutionException, TimeoutException {
    client.connect().get(30, TimeUnit.SECONDS);
  }

  /** Sends a payload to a device's topic, and completes with the PUBACK's reason code. */
  CompletableFuture<Integer> send(String device, byte[] payload) {
    return client
        .publishWith()
        .topic(Routes.telemetry(device))
        .qos(MqttQos.AT_LEAST_ONCE)
        .contentType(PayloadType.BATCH.contentType())
        .payload(payload)
        .send()
        .handle(
            (result, failure) -> {
              Throwable cause = failure != null ? failure : result.getError().orElse(null);
              if (cause == null) {
                return Mqtt5PubAckReasonCode.SUCCESS.getCode();
              }
              if (cause instanceof Mqtt5PubAckException refused) {
                return refused.getMqttMessage().getReasonCode().getCode();
              }
              throw new IllegalStateException(cause);
            });
  }

  /**
   * Sends a payload and returns the PUBACK's reason code: again, as a device does, if the gateway
   * can take nothing just now, or the connection is lost.
   */
  int sendAndWait(String device, byte[] payload)
      throws InterruptedException, ExecutionException, TimeoutException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        if (!client.getState().isConnected()) {
          connect();
        }
        int code = send(device, payload).get(60, TimeUnit.SECONDS);
        if (code != QUOTA_EXCEEDED || System.nanoTime() > deadline) {
          return code;
        }
      } catch (ExecutionException gone) {
        if (System.nanoTime() > deadline) {
          throw gone;
        }
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    }
  }

  @Override
  public void close() throws Exception {
    client.disconnect().exceptionally(alreadyGone -> null).get(30, TimeUnit.SECONDS);
  }
}
