package io.tidemark.deploy.bench;

import io.tidemark.deploy.device.CoapBytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A device that speaks CoAP: an endpoint of its own, with one request outstanding, as NSTART says
 * (RFC 7252, section 4.7). UDP may lose what it sends; it is then sent again as section 4.2 says.
 */
final class CoapClient implements Client {
  private static final int INPUT_BYTES = 2 << 10;

  /** ACK_TIMEOUT, ACK_RANDOM_FACTOR and MAX_RETRANSMIT (section 4.8). */
  private static final long ACK_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final double ACK_RANDOM_FACTOR = 1.5;
  private static final int RETRANSMIT_MAX = 4;

  private final String id;
  private final DatagramChannel channel;
  private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
  private PublishStream stream = PublishStream.EMPTY;
  private int target;
  private int acknowledged;
  private int repeated;

  /** What is outstanding, if anything is. */
  private boolean outstanding;

  private short messageId;
  private int token;
  private boolean messageAcknowledged;
  private int attempts;
  private long timeoutNanos;
  private long sentAtNanos;

  private CoapClient(String id, DatagramChannel channel) {
    this.id = id;
    this.channel = channel;
  }

  /** Opens its socket; there is nobody to ask. */
  static CoapClient open(String id, int port, Selector selector) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.configureBlocking(false);
    CoapClient client = new CoapClient(id, channel);
    channel.register(selector, SelectionKey.OP_READ, client);
    return client;
  }

  @Override
  public boolean accepted() {
    return true;
  }

  @Override
  public void use(PublishStream next) {
    if (outstanding) {
      throw new IllegalStateException(id + " still waits for an answer");
    }
    stream = next;
    target = 0;
    acknowledged = 0;
  }

  @Override
  public void publish(int messages) throws IOException {
    target = Math.min(target + messages, stream.messages());
    sendNext();
  }

  @Override
  public boolean done() {
    return acknowledged == target;
  }

  @Override
  public int acknowledged() {
    return acknowledged;
  }

  private void sendNext() throws IOException {
    if (outstanding || acknowledged == target) {
      return;
    }
    ByteBuffer request = stream.slice(acknowledged, acknowledged + 1);
    messageId = request.getShort(request.position() + 2);
    token = request.getInt(request.position() + CoapBytes.HEADER_BYTES);
    outstanding = true;
    messageAcknowledged = false;
    attempts = 0;
    timeoutNanos =
        (long) (ACK_TIMEOUT_NANOS * ThreadLocalRandom.current().nextDouble(1, ACK_RANDOM_FACTOR));
    send(request);
  }

  /** What the socket has no room for is lost like any other datagram. */
  private void send(ByteBuffer request) throws IOException {
    sentAtNanos = System.nanoTime();
    channel.write(request);
  }

  @Override
  public void repeat(long nowNanos) throws IOException {
    if (!outstanding || messageAcknowledged || nowNanos - sentAtNanos < timeoutNanos) {
      return;
    }
    if (attempts == RETRANSMIT_MAX) {
      throw new IOException(
          "%s has no answer, though it has asked %d times".formatted(id, attempts + 1));
    }
    attempts++;
    repeated++;
    timeoutNanos *= 2;
    send(stream.slice(acknowledged, acknowledged + 1));
  }

  @Override
  public int repeated() {
    return repeated;
  }

  /** One datagram: as a rule there is no more than one. */
  @Override
  public void ready() throws IOException {
    input.clear();
    if (channel.read(input) < CoapBytes.HEADER_BYTES) {
      return;
    }
    input.flip();
    int type = CoapBytes.type(input.get(0));
    int code = input.get(1) & 0xFF;
    short id = input.getShort(2);
    if (code == CoapBytes.EMPTY) {
      empty(type, id);
      return;
    }
    if (type == CoapBytes.CON) {
      channel.write(ByteBuffer.wrap(CoapBytes.empty(CoapBytes.ACK, id)));
    }
    if (answersOutstanding(type, id)) {
      answered(code);
    }
  }

  private void empty(int type, short id) throws IOException {
    if (!outstanding || id != messageId) {
      return; // of one that was sent twice
    }
    if (type == CoapBytes.RST) {
      throw new IOException(this.id + " was answered with a reset");
    }
    messageAcknowledged = true;
  }

  /** The message id says it of an acknowledgement, the token of a message of its own. */
  private boolean answersOutstanding(int type, short id) {
    boolean hasToken =
        (input.get(0) & 0xF) == CoapBytes.TOKEN_BYTES
            && input.limit() >= CoapBytes.HEADER_BYTES + CoapBytes.TOKEN_BYTES
            && input.getInt(CoapBytes.HEADER_BYTES) == token;
    return outstanding && hasToken && (type != CoapBytes.ACK || id == messageId);
  }

  private void answered(int code) throws IOException {
    if (code != CoapBytes.CHANGED) {
      throw new IOException("%s was refused with %s".formatted(id, CoapBytes.code(code)));
    }
    outstanding = false;
    acknowledged++;
    sendNext();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
