package io.tidemark.deploy.device;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;

/** MQTT 5 over a socket that blocks: one packet there, one back. */
public final class MqttExchange {
  private static final int CONNACK = 2;
  private static final int PUBACK = 4;
  private static final int UNSPECIFIED = 0x80;
  private static final int TIMEOUT_MS = 20_000;

  private MqttExchange() {}

  /** Sends a CONNECT and reads the answer; true if it is let in. */
  public static boolean letIn(Socket socket, String clientId) throws IOException {
    return connect(socket, clientId) == 0;
  }

  /** Sends a message and reads its PUBACK; true if it was taken. */
  public static boolean taken(Socket socket, String topic, byte[] payload) throws IOException {
    return publish(socket, topic, payload) == 0;
  }

  /** Sends a CONNECT; the reason code of the answer, 0 if it is let in (MQTT 5, 3.2.2.2). */
  public static int connect(Socket socket, String clientId) throws IOException {
    byte[] body = ask(socket, MqttBytes.connect(clientId), CONNACK);
    return body.length > 1 ? body[1] & 0xFF : UNSPECIFIED;
  }

  /** Sends a message with QoS 1; the reason code of its PUBACK, 0 if it was taken (3.4.2.1). */
  public static int publish(Socket socket, String topic, byte[] payload) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    MqttBytes.publish(out, topic, 1, payload);
    byte[] body = ask(socket, out.toByteArray(), PUBACK);
    return body.length < 3 ? 0 : body[2] & 0xFF;
  }

  private static byte[] ask(Socket socket, byte[] packet, int expected) throws IOException {
    if (socket.getSoTimeout() == 0) {
      socket.setSoTimeout(TIMEOUT_MS);
    }
    socket.setTcpNoDelay(true);
    socket.getOutputStream().write(packet);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    int type = in.readUnsignedByte() >> 4;
    int length = 0;
    int digit;
    int shift = 0;
    do {
      digit = in.readUnsignedByte();
      length |= (digit & 127) << shift;
      shift += 7;
    } while (digit > 127);
    byte[] body = in.readNBytes(length);
    if (type != expected) {
      throw new IOException("packet %d where %d was expected".formatted(type, expected));
    }
    return body;
  }
}
