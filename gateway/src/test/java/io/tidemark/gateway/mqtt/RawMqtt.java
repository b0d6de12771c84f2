package io.tidemark.gateway.mqtt;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** MQTT by the byte, so that a test can also do what no client does. */
public final class RawMqtt implements AutoCloseable {
  public static final int CONNACK = 2;
  public static final int PUBACK = 4;
  public static final int SUBACK = 9;
  public static final int UNSUBACK = 11;
  public static final int PINGRESP = 13;
  public static final int DISCONNECT = 14;
  public static final int CLOSED = -1;

  /** CONNECT's flag for a clean session (3.1.1) or a clean start (5). */
  static final int CLEAN = 2;

  /** A packet's type and what follows its length. */
  public record Packet(int type, byte[] body) {
    public int at(int index) {
      return body[index] & 0xFF;
    }

    int packetId() {
      return at(0) << 8 | at(1);
    }

    /** The reason code of a PUBACK of MQTT 5; success where there is none. */
    public int pubackReason() {
      return body.length > 2 ? at(2) : 0;
    }

    String text() {
      return new String(body, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return "packet " + type + " " + HexFormat.of().formatHex(body);
    }
  }

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final int version;
  private int keepAliveSeconds = 60;

  RawMqtt(int port, int version) throws IOException {
    this(port, version, 0);
  }

  /**
   * With small buffers for what comes and is not read, and for what is sent and not taken.
   *
   * @param bufferBytes 0 for the system's own
   */
  RawMqtt(int port, int version, int bufferBytes) throws IOException {
    this(connected(port, bufferBytes), version);
  }

  /** Over a connection that there is. */
  public RawMqtt(Socket connected, int version) throws IOException {
    this.version = version;
    socket = connected;
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  private static Socket connected(int port, int bufferBytes) throws IOException {
    Socket socket = new Socket();
    if (bufferBytes > 0) {
      socket.setReceiveBufferSize(bufferBytes);
      socket.setSendBufferSize(bufferBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return socket;
  }

  /** What the next CONNECT says, up to 255. */
  void keepAlive(int seconds) {
    keepAliveSeconds = seconds;
  }

  /** Connects and expects to be let in. */
  static RawMqtt connected(int port, int version, String clientId) throws IOException {
    return connected(connected(port, 0), version, clientId);
  }

  /** The same over a connection that there is. */
  static RawMqtt connected(Socket connected, int version, String clientId) throws IOException {
    RawMqtt mqtt = new RawMqtt(connected, version);
    Packet connack = mqtt.connect(clientId);
    if (connack.type != CONNACK || connack.at(1) != 0) {
      throw new IOException("not let in: " + connack);
    }
    return mqtt;
  }

  Packet connect(String clientId, int... properties) throws IOException {
    return connect(CLEAN, clientId, properties);
  }

  Packet connect(int flags, String clientId, int... properties) throws IOException {
    return connect(flags, clientId, null, properties);
  }

  /** What a CONNECT may have at its end, by the byte. */
  record Will(int flags, byte[] topic, byte[] payload, int... properties) {
    /** CONNECT's flags. */
    static final int FLAG = 0x04;

    static final int QOS_1 = 0x08;
    static final int QOS_2 = 0x10;
    static final int RETAIN = 0x20;

    /** One that may be taken. */
    static Will of(String topic, String payload, int... properties) {
      return new Will(
          FLAG,
          topic.getBytes(StandardCharsets.UTF_8),
          payload.getBytes(StandardCharsets.UTF_8),
          properties);
    }

    /** The same with more flags. */
    Will with(int more) {
      return new Will(flags | more, topic, payload, properties);
    }

    /** A will delay interval, as properties. */
    static int[] delay(int seconds) {
      return new int[] {0x18, 0, 0, 0, seconds};
    }
  }

  Packet connect(int flags, String clientId, @Nullable Will will, int... properties)
      throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    text(body, "MQTT");
    body.write(version);
    body.write(will == null ? flags : flags | will.flags);
    body.write(0);
    body.write(keepAliveSeconds);
    properties(body, properties);
    text(body, clientId);
    if (will != null) {
      properties(body, will.properties);
      bytes(body, will.topic);
      bytes(body, will.payload);
    }
    send(0x10, body);
    return read();
  }

  void publish(int packetId, String topic, byte[] payload, int... properties) throws IOException {
    publish(0x32, packetId, topic, payload, properties);
  }

  /**
   * With the fixed header's first byte: 0x30 for QoS 0, 0x32 for QoS 1, 0x34 for QoS 2, +1 retain.
   */
  public void publish(int first, int packetId, String topic, byte[] payload, int... properties)
      throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    text(body, topic);
    if ((first & 6) != 0) {
      body.write(packetId >> 8);
      body.write(packetId);
    }
    properties(body, properties);
    body.writeBytes(payload);
    send(first, body);
  }

  public void subscribe(int packetId, String filter) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(packetId >> 8);
    body.write(packetId);
    properties(body);
    text(body, filter);
    body.write(1);
    send(0x82, body);
  }

  public void unsubscribe(int packetId, String filter) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(packetId >> 8);
    body.write(packetId);
    properties(body);
    text(body, filter);
    send(0xA2, body);
  }

  void ping() throws IOException {
    send(0xC0, new ByteArrayOutputStream());
  }

  /** A session expiry interval of up to 255 seconds, as properties. */
  static int[] sessionExpiry(int seconds) {
    return new int[] {0x11, 0, 0, 0, seconds};
  }

  /** DISCONNECT, of MQTT 5 with properties. */
  void disconnect(int... properties) throws IOException {
    disconnectFor(0, properties);
  }

  /** DISCONNECT with a reason code, which only MQTT 5 has. */
  void disconnectFor(int reasonCode, int... properties) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (version == 5) {
      body.write(reasonCode);
      properties(body, properties);
    }
    send(0xE0, body);
  }

  /** A content type, as properties. */
  public static int[] contentType(String type) {
    int[] properties = new int[3 + type.length()];
    properties[0] = 3;
    properties[2] = type.length();
    for (int i = 0; i < type.length(); i++) {
      properties[3 + i] = type.charAt(i);
    }
    return properties;
  }

  private void properties(ByteArrayOutputStream body, int... properties) {
    if (version == 5) {
      body.write(properties.length);
      for (int each : properties) {
        body.write(each);
      }
    }
  }

  private static void text(ByteArrayOutputStream body, String text) {
    bytes(body, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void bytes(ByteArrayOutputStream body, byte[] bytes) {
    body.write(bytes.length >> 8);
    body.write(bytes.length);
    body.writeBytes(bytes);
  }

  private void send(int first, ByteArrayOutputStream body) throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(first);
    int left = body.size();
    do {
      int digit = left & 0x7F;
      left >>>= 7;
      packet.write(left > 0 ? digit | 0x80 : digit);
    } while (left > 0);
    body.writeTo(packet);
    raw(packet.toByteArray());
  }

  /**
   * A packet as it is written down.
   *
   * @param first its first byte
   * @param fields bytes in hex, and texts in quotes, which get their length: {@code 0001 'a' ff}
   */
  public void send(int first, String fields) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (String field : fields.split(" ")) {
      if (field.startsWith("'")) {
        text(body, field.substring(1, field.length() - 1));
      } else {
        body.writeBytes(HexFormat.of().parseHex(field));
      }
    }
    send(first, body);
  }

  void raw(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** Sends no more. */
  void end() throws IOException {
    socket.shutdownOutput();
  }

  /**
   * The next packet; type {@link #CLOSED} when the server has closed.
   *
   * @throws IOException if its flags are not 0, or its length takes more bytes than it needs
   */
  public Packet read() throws IOException {
    try {
      int first = in.readUnsignedByte();
      int length = 0;
      int shift = 0;
      int digit;
      do {
        digit = in.readUnsignedByte();
        length |= (digit & 0x7F) << shift;
        shift += 7;
      } while (digit >= 0x80);
      if ((first & 0x0F) != 0 || digit == 0 && shift > 7) {
        throw new IOException("not MQTT: begins with %02x, length %d".formatted(first, length));
      }
      return new Packet(first >> 4, in.readNBytes(length));
    } catch (EOFException | SocketException e) {
      return new Packet(CLOSED, new byte[0]);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
