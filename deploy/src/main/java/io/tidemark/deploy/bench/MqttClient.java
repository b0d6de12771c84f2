package io.tidemark.deploy.bench;

import io.tidemark.deploy.device.MqttBytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A device that speaks MQTT: a connection of its own. */
final class MqttClient implements Client {
  private static final int INPUT_BYTES = 4 << 10;
  private static final int LENGTH_MAX_BYTES = 4;
  private static final int CONNACK = 0x20;
  private static final int PUBACK = 0x40;
  private static final int DISCONNECT = 0xE0;

  /** From here on a reason code means failure (MQTT 5, section 2.4). */
  private static final int FAILURE = 0x80;

  private final String id;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final @Nullable TlsChannel tls;
  private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
  private final int window;
  private PublishStream stream = PublishStream.EMPTY;
  private ByteBuffer output = ByteBuffer.allocate(0);
  private boolean accepted;
  private int target;
  private int sent;
  private int acknowledged;

  private MqttClient(
      String id, SocketChannel channel, @Nullable TlsChannel tls, SelectionKey key, int window) {
    this.tls = tls;
    this.id = id;
    this.channel = channel;
    this.key = key;
    this.window = window;
  }

  /**
   * Connects and sends the CONNECT; the answer is waited for by {@link #accepted}.
   *
   * @param window messages that may be unacknowledged
   * @param context null without TLS
   */
  static MqttClient connect(
      String id, int port, int window, Selector selector, @Nullable SSLContext context)
      throws IOException {
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    TlsChannel tls = context == null ? null : TlsChannel.shakeHands(channel, context);
    channel.configureBlocking(false);
    SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
    MqttClient client = new MqttClient(id, channel, tls, key, window);
    key.attach(client);
    client.output = ByteBuffer.wrap(MqttBytes.connect(id));
    client.write();
    return client;
  }

  @Override
  public boolean accepted() {
    return accepted;
  }

  @Override
  public void use(PublishStream next) {
    if (sent != target) {
      throw new IllegalStateException(id + " still has to send");
    }
    stream = next;
    target = 0;
    sent = 0;
    acknowledged = 0;
  }

  @Override
  public void publish(int messages) throws IOException {
    target = Math.min(target + messages, stream.messages());
    fillWindow();
  }

  @Override
  public boolean done() {
    return acknowledged == target;
  }

  @Override
  public int acknowledged() {
    return acknowledged;
  }

  @Override
  public void ready() throws IOException {
    if (key.isReadable()) {
      read();
    }
    if (output.hasRemaining() || tls != null && !tls.flush()) {
      write();
    }
    fillWindow();
  }

  @Override
  public void repeat(long nowNanos) {
    // TCP sees to that.
  }

  @Override
  public int repeated() {
    return 0;
  }

  /** One write for all the window has room for. */
  private void fillWindow() throws IOException {
    int to = Math.min(acknowledged + window, target);
    if (output.hasRemaining() || to <= sent) {
      return;
    }
    output = stream.slice(sent, to);
    sent = to;
    write();
  }

  private void write() throws IOException {
    boolean flushed = true;
    if (tls == null) {
      channel.write(output);
    } else {
      tls.write(output);
      flushed = tls.flush();
    }
    int wanted =
        output.hasRemaining() || !flushed
            ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
            : SelectionKey.OP_READ;
    if (key.interestOps() != wanted) {
      key.interestOps(wanted);
    }
  }

  private void read() throws IOException {
    int came = tls == null ? channel.read(input) : tls.read(input);
    while (came > 0) {
      input.flip();
      while (takePacket()) {
        // until only a part of one is left
      }
      input.compact();
      // What TLS has read ahead the selector does not tell of.
      came = tls == null ? 0 : tls.read(input);
    }
    if (came < 0) {
      throw new IOException("the server has closed the connection of " + id);
    }
  }

  /** Takes the first packet out of the input; false if it is not whole yet. */
  private boolean takePacket() throws IOException {
    int start = input.position();
    int length = 0;
    for (int i = 0; i < LENGTH_MAX_BYTES && start + 1 + i < input.limit(); i++) {
      int part = input.get(start + 1 + i);
      length |= (part & 127) << 7 * i;
      if (part >= 0) {
        int body = start + 2 + i;
        if (body + length > input.limit()) {
          break;
        }
        packet(input.get(start) & 0xFF, body, length);
        input.position(body + length);
        return true;
      }
    }
    if (start == 0 && input.limit() == input.capacity()) {
      throw new IOException("the server has sent " + id + " a packet that is too long");
    }
    return false;
  }

  private void packet(int type, int body, int length) throws IOException {
    if (type == PUBACK && length >= 2) {
      acknowledge(input.getShort(body) & 0xFFFF, length > 2 ? input.get(body + 2) & 0xFF : 0);
    } else if (type == CONNACK && length >= 2 && (input.get(body + 1) & 0xFF) < FAILURE) {
      accepted = true;
    } else {
      int code = type == CONNACK ? body + 1 : body;
      throw new IOException(
          "%s got %s with reason code 0x%02x"
              .formatted(
                  id,
                  type == CONNACK
                      ? "a CONNACK"
                      : type == DISCONNECT ? "a DISCONNECT" : "packet 0x%02x".formatted(type),
                  length > code - body ? input.get(code) & 0xFF : 0));
    }
  }

  /** Acknowledgements come in the order of the messages (MQTT 5, section 4.6). */
  private void acknowledge(int packetId, int reason) throws IOException {
    if (acknowledged >= sent || packetId != PublishStream.packetId(acknowledged)) {
      throw new IOException("%s got a PUBACK out of order: %d".formatted(id, packetId));
    }
    if (reason >= FAILURE) {
      throw new IOException("%s was refused with reason code 0x%02x".formatted(id, reason));
    }
    acknowledged++;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
