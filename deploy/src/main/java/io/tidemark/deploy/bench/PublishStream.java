package io.tidemark.deploy.bench;

import io.tidemark.deploy.device.CoapBytes;
import io.tidemark.deploy.device.MqttBytes;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Routes;
import io.tidemark.wire.Value;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Everything one device publishes in a round, as bytes made before anything is measured: MQTT 5
 * with QoS 1, or confirmable CoAP; each message a batch with numbers of its own.
 *
 * @param bytes the packets, one after the other
 * @param ends where each packet ends
 * @param payloadBytes of all packets together
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough: streams are never compared
record PublishStream(byte[] bytes, int[] ends, long payloadBytes) {
  /** Nothing. */
  static final PublishStream EMPTY = new PublishStream(new byte[0], new int[0], 0);

  /** Readings of three values in a batch, which make about 200 bytes. */
  private static final int READINGS_A_MESSAGE = 15;

  private static final long EPOCH = 6_755_399_441_055_744L;
  private static final long START_NANOS = 1_790_000_000_000_000_000L;
  private static final long INTERVAL_NANOS = 1_000_000_000L;
  private static final int PACKET_IDS = 65_535;

  /**
   * What a device publishes.
   *
   * @param messages how many
   * @param round numbers of one round are not those of another
   */
  static PublishStream of(Protocol protocol, String device, int messages, int round) {
    Random random = new Random(31L * device.hashCode() + round);
    String route = Routes.telemetry(device);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int[] ends = new int[messages];
    long payloadBytes = 0;
    for (int i = 0; i < messages; i++) {
      int number = round * messages + i;
      byte[] payload = batch(device, number, random);
      switch (protocol) {
        case MQTT -> MqttBytes.publish(out, route, packetId(i), payload);
        // Another round's endpoint may have this one's port, and is not to have its message ids.
        case COAP -> CoapBytes.post(out, route, number, PayloadType.BATCH, payload);
      }
      payloadBytes += payload.length;
      ends[i] = out.size();
    }
    return new PublishStream(out.toByteArray(), ends, payloadBytes);
  }

  /** The packet id of the message of that index: 1 to 65,535, over and over. */
  static int packetId(int index) {
    return index % PACKET_IDS + 1;
  }

  int messages() {
    return ends.length;
  }

  /** Bytes of a payload, on average, of streams of the same length. */
  static double messageBytes(List<PublishStream> streams) {
    long bytes = streams.stream().mapToLong(PublishStream::payloadBytes).sum();
    return bytes / (double) streams.size() / streams.get(0).messages();
  }

  /** The packets from one index up to, and without, another. */
  ByteBuffer slice(int from, int to) {
    int begin = from == 0 ? 0 : ends[from - 1];
    return ByteBuffer.wrap(bytes, begin, ends[to - 1] - begin);
  }

  private static byte[] batch(String device, long number, Random random) {
    long first = number * READINGS_A_MESSAGE;
    List<Reading> readings = new ArrayList<>(READINGS_A_MESSAGE);
    for (int i = 0; i < READINGS_A_MESSAGE; i++) {
      readings.add(reading(first + i, random));
    }
    return BatchCodec.encode(
        Batch.ofReadings(device, EPOCH, first, readings, first + READINGS_A_MESSAGE, first));
  }

  /** As a BME280's driver gives them: its steps, and some noise. */
  private static Reading reading(long number, Random random) {
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("temperature", Value.of(Math.rint(2_130 + random.nextGaussian()) / 100.0));
    values.put("pressure", Value.of(Math.rint(25_939_200 + 51 * random.nextGaussian()) / 25_600.0));
    values.put("humidity", Value.of(Math.rint(48_640 + 20 * random.nextGaussian()) / 1024.0));
    long late = 100_000 + (long) (30_000 * Math.abs(random.nextGaussian()));
    return new Reading("outside", "bme280", START_NANOS + number * INTERVAL_NANOS + late, values);
  }
}
