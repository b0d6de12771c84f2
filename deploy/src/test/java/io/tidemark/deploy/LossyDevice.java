package io.tidemark.deploy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * An MQTT 3.1.1 device by the byte, with a clean session for every try, that often does not hear of
 * its PUBACK: it hangs up before, or forgets it. Used by one thread.
 */
final class LossyDevice {
  private static final int TIMEOUT_MS = 60_000;
  private static final int PUBACK_BYTES = 4;
  private static final int CONNACK_BYTES = 4;

  private final URI gateway;
  private final String device;
  private final Random random;

  LossyDevice(String mqttUrl, String device, Random random) {
    this.gateway = URI.create(mqttUrl);
    this.device = device;
    this.random = random;
  }

  /** Sends a payload until it has heard of its PUBACK, and returns how often that was. */
  int deliver(String payload) throws IOException {
    for (int tries = 1; ; tries++) {
      if (heardOf(payload)) {
        return tries;
      }
    }
  }

  private boolean heardOf(String payload) throws IOException {
    try (Socket socket = new Socket(gateway.getHost(), gateway.getPort())) {
      socket.setSoTimeout(TIMEOUT_MS);
      OutputStream out = socket.getOutputStream();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      out.write(packet(0x10, text("MQTT"), new byte[] {4, 2, 0, 60}, text(device)));
      in.readFully(new byte[CONNACK_BYTES]);
      out.write(
          packet(
              0x32,
              text("devices/" + device + "/telemetry"),
              new byte[] {0, 1},
              payload.getBytes(StandardCharsets.UTF_8)));
      if (random.nextInt(3) == 0) {
        return false;
      }
      in.readFully(new byte[PUBACK_BYTES]);
      return random.nextBoolean();
    }
  }

  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes.length >> 8);
    out.write(bytes.length);
    out.writeBytes(bytes);
    return out.toByteArray();
  }

  private static byte[] packet(int first, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    out.write(body.size()); // short: one byte of length
    out.writeBytes(body.toByteArray());
    return out.toByteArray();
  }
}
