package io.tidemark.gateway.coap;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** CoAP by the byte, so that a test can also do what no client does (RFC 7252, section 3). */
final class RawCoap implements AutoCloseable {
  static final int CON = 0;
  static final int NON = 1;
  static final int ACK = 2;
  static final int RST = 3;

  static final int EMPTY = 0;
  static final int GET = 1;
  static final int POST = 2;

  static final int URI_PATH = 11;
  static final int CONTENT_FORMAT = 12;
  static final int MAX_AGE = 14;
  static final int BLOCK1 = 27;
  static final int SIZE1 = 60;
  static final int NO_RESPONSE = 258;

  /** An option's number and value. */
  record Option(int number, byte[] value) {
    /** With a number as value, in as few bytes as it takes. */
    static Option of(int number, int value) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int shift = 24; shift >= 0; shift -= 8) {
        if (value >>> shift != 0) {
          bytes.write(value >>> shift);
        }
      }
      return new Option(number, bytes.toByteArray());
    }

    static Option block1(int num, boolean more, int szx) {
      return of(BLOCK1, num << 4 | (more ? 8 : 0) | szx);
    }

    int number(byte[] bytes) {
      int number = 0;
      for (byte each : bytes) {
        number = number << 8 | each & 0xFF;
      }
      return number;
    }
  }

  /** A message. */
  record Message(int type, int code, int id, byte[] token, List<Option> options, byte[] payload) {

    /** A POST of telemetry. */
    static Message post(int type, int id, String path, byte[] payload, Option... more) {
      List<Option> options = new ArrayList<>();
      for (String segment : path.split("/")) {
        options.add(new Option(URI_PATH, segment.getBytes(StandardCharsets.UTF_8)));
      }
      options.addAll(List.of(more));
      return new Message(type, POST, id, new byte[] {(byte) id, 7}, options, payload);
    }

    Message withCode(int changed) {
      return new Message(type, changed, id, token, options, payload);
    }

    byte[] bytes() {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(1 << 6 | type << 4 | token.length);
      out.write(code);
      out.write(id >> 8);
      out.write(id);
      out.writeBytes(token);
      int before = 0;
      List<Option> sorted = new ArrayList<>(options);
      sorted.sort(Comparator.comparingInt(Option::number));
      for (Option option : sorted) {
        int delta = option.number - before;
        before = option.number;
        out.write(nibble(delta) << 4 | nibble(option.value.length));
        extended(out, delta);
        extended(out, option.value.length);
        out.writeBytes(option.value);
      }
      if (payload.length > 0) {
        out.write(0xFF);
        out.writeBytes(payload);
      }
      return out.toByteArray();
    }

    private static int nibble(int value) {
      return value < 13 ? value : value < 269 ? 13 : 14;
    }

    private static void extended(ByteArrayOutputStream out, int value) {
      if (value >= 269) {
        out.write(value - 269 >> 8);
        out.write(value - 269);
      } else if (value >= 13) {
        out.write(value - 13);
      }
    }

    static Message parse(byte[] bytes) {
      int tokenLength = bytes[0] & 0xF;
      int at = 4 + tokenLength;
      List<Option> options = new ArrayList<>();
      int number = 0;
      while (at < bytes.length && bytes[at] != (byte) 0xFF) {
        int first = bytes[at++] & 0xFF;
        int[] fields = {first >> 4, first & 0xF};
        for (int i = 0; i < 2; i++) {
          if (fields[i] == 13) {
            fields[i] = 13 + (bytes[at++] & 0xFF);
          } else if (fields[i] == 14) {
            fields[i] = 269 + ((bytes[at++] & 0xFF) << 8 | bytes[at++] & 0xFF);
          }
        }
        number += fields[0];
        options.add(new Option(number, Arrays.copyOfRange(bytes, at, at + fields[1])));
        at += fields[1];
      }
      return new Message(
          bytes[0] >> 4 & 3,
          bytes[1] & 0xFF,
          (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF,
          Arrays.copyOfRange(bytes, 4, 4 + tokenLength),
          options,
          at < bytes.length ? Arrays.copyOfRange(bytes, at + 1, bytes.length) : new byte[0]);
    }

    /** The code as people write it: 2.04. */
    String status() {
      return "%d.%02d".formatted(code >> 5, code & 0x1F);
    }

    String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    /** An option's number; -1 if there is none. */
    int option(int number) {
      for (Option option : options) {
        if (option.number == number) {
          return option.number(option.value);
        }
      }
      return -1;
    }
  }

  private static final int TIMEOUT_MS = 20_000;

  private final DatagramSocket socket;

  RawCoap(int port) throws IOException {
    socket = new DatagramSocket();
    socket.connect(InetAddress.getLoopbackAddress(), port);
  }

  void send(Message message) throws IOException {
    raw(message.bytes());
  }

  void raw(byte[] bytes) throws IOException {
    socket.send(new DatagramPacket(bytes, bytes.length));
  }

  /** The next message. */
  Message read() throws IOException {
    Message message = read(TIMEOUT_MS);
    if (message == null) {
      throw new IOException("nothing came");
    }
    return message;
  }

  /** The next message, or null if none comes within this time. */
  @Nullable Message read(int timeoutMs) throws IOException {
    byte[] buffer = new byte[65_536];
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    socket.setSoTimeout(timeoutMs);
    try {
      socket.receive(packet);
    } catch (SocketTimeoutException e) {
      return null;
    }
    return Message.parse(Arrays.copyOf(buffer, packet.getLength()));
  }

  /** Sends, and reads the answer. */
  Message ask(Message message) throws IOException {
    send(message);
    return read();
  }

  @Override
  public void close() {
    socket.close();
  }
}
