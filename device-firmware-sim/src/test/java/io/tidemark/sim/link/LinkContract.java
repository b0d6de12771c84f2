package io.tidemark.sim.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.tidemark.sim.ScriptedGateway;
import io.tidemark.sim.link.Heard.Event;
import io.tidemark.sim.link.Outcome.Verdict;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a device may rely on, whatever the protocol: against a real server of each. */
@Timeout(60)
@NullUnmarked
public abstract class LinkContract {
  protected static final String DEVICE = "dev-1";

  /** What the server does with what it is sent next. */
  protected enum Reply {
    ACCEPT,
    REFUSE_FOR_NOW,
    REFUSE_FOR_GOOD,
    TOO_LARGE,
    SILENCE
  }

  /** A server. */
  protected interface Server extends AutoCloseable {
    URI uri();

    void reply(Reply reply);

    /** The payloads that came. */
    List<byte[]> payloads();

    /** Is gone; twice is no harm. */
    @Override
    void close() throws Exception;
  }

  /** A scripted gateway as such a server. */
  protected static Server server(
      String url,
      Consumer<Reply> script,
      Supplier<List<ScriptedGateway.Received>> received,
      AutoCloseable gateway) {
    return new Server() {
      private boolean closed;

      @Override
      public URI uri() {
        return URI.create(url);
      }

      @Override
      public void reply(Reply reply) {
        script.accept(reply);
      }

      @Override
      public List<byte[]> payloads() {
        return received.get().stream().map(ScriptedGateway.Received::bytes).toList();
      }

      @Override
      public void close() throws Exception {
        if (!closed) {
          closed = true;
          gateway.close();
        }
      }
    };
  }

  private final NioEventLoopGroup loops = new NioEventLoopGroup(1);
  private Server server;
  private final Heard heard = new Heard();

  protected abstract Server server() throws Exception;

  /** How long connecting may take where it comes to something, also on a busy machine. */
  protected static final Duration PATIENCE = Duration.ofSeconds(30);

  /** How long where it comes to nothing. */
  private static final Duration IN_VAIN = Duration.ofSeconds(2);

  /** Connects over the protocol in question, within {@code max}. */
  protected abstract void connect(EventLoop loop, URI gateway, Duration max, LinkListener listener);

  /** The code that a refusal for now has; null if the protocol can only end the connection. */
  protected abstract @Nullable String codeForNow();

  /** The code of a refusal for good; null if the protocol takes what it cannot refuse. */
  protected abstract @Nullable String codeForGood();

  /** What a payload that is too large leads to. */
  protected abstract void assertTooLarge(Heard heard) throws Exception;

  @BeforeEach
  void start() throws Exception {
    server = server();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
  }

  @Test
  void whatIsTakenIsSettledUnderItsIdAndArrivesAsItIs() throws Exception {
    Link link = connected();
    byte[] small = payload(1, 10);
    assertThat(send(link, small)).isEqualTo(accepted());
    byte[] large = payload(2, 20_000);
    assertThat(send(link, large)).isEqualTo(accepted());
    assertThat(server.payloads()).containsExactly(small, large);
  }

  private int accepted() throws Exception {
    Event.Settled settled = heard.next(Event.Settled.class);
    assertThat(settled.outcome().verdict()).isEqualTo(Verdict.ACCEPTED);
    return settled.id();
  }

  @Test
  void aFullWindowIsAnsweredAndMoreIsRefused() throws Exception {
    server.reply(Reply.SILENCE);
    Link link = connected();
    int window = Math.min(link.windowMax(), 20);
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < window; i++) {
      ids.add(send(link, payload(i, 10)));
    }
    assertThat(ids).doesNotHaveDuplicates();
    if (window == link.windowMax()) {
      assertThatThrownBy(() -> send(link, payload(window, 10)))
          .hasCauseInstanceOf(IllegalStateException.class);
    }
    Awaitility.await()
        .atMost(ScriptedGateway.PATIENCE)
        .until(() -> server.payloads().size() >= window);
    assertThat(heard.unasked()).isZero();
  }

  @Test
  void aRefusalForNowIsToldOrEndsTheConnection() throws Exception {
    server.reply(Reply.REFUSE_FOR_NOW);
    Link link = connected();
    int id = send(link, payload(1, 10));
    if (codeForNow() == null) {
      assertThat(heard.next(Event.Lost.class).blame()).isNull();
    } else {
      Outcome outcome = assertSettled(id, Verdict.LATER, codeForNow());
      assertThat(outcome.pause()).as("as asked for").isEqualTo(Duration.ofSeconds(7));
    }
  }

  @Test
  void aRefusalForGoodIsToldWhereItCanBe() throws Exception {
    server.reply(Reply.REFUSE_FOR_GOOD);
    Link link = connected();
    int id = send(link, payload(1, 10));
    if (codeForGood() == null) {
      assertThat(id).isEqualTo(accepted());
    } else {
      assertSettled(id, Verdict.REFUSED, codeForGood());
      server.reply(Reply.ACCEPT); // and the connection is as good as before
      assertThat(send(link, payload(2, 10))).isEqualTo(accepted());
    }
  }

  private Outcome assertSettled(int id, Verdict verdict, String code) throws Exception {
    Event.Settled settled = heard.next(Event.Settled.class);
    assertThat(settled.id()).isEqualTo(id);
    assertThat(settled.outcome().verdict()).isEqualTo(verdict);
    assertThat(settled.outcome().code()).isEqualTo(code);
    return settled.outcome();
  }

  @Test
  void whatIsTooLargeIsNotTaken() throws Exception {
    server.reply(Reply.TOO_LARGE);
    Link link = connected();
    send(link, payload(1, 10));
    assertTooLarge(heard);
  }

  @Test
  void aGatewayThatGoesAwayIsNoticedOnce() throws Exception {
    server.reply(Reply.SILENCE);
    Link link = connected();
    send(link, payload(1, 10));
    Awaitility.await().atMost(ScriptedGateway.PATIENCE).until(() -> server.payloads().size() == 1);
    server.close();
    assertThat(heard.next(Event.Lost.class).blame()).isNull();
    assertThat(heard.unasked()).isZero();
  }

  @Test
  void whereNobodyListensThereIsNoConnectionForLong() throws Exception {
    server.close();
    connect(loops.next(), server.uri(), IN_VAIN, heard);
    assertThat(heard.next(Event.Lost.class).why()).isNotEmpty();
  }

  @Test
  void whoListensAndSaysNothingIsGivenUp() throws Exception {
    try (ServerSocket tcp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        DatagramSocket udp = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      boolean overTcp = !server.uri().getScheme().startsWith("coap"); // which the system connects
      URI frozen =
          URI.create(
              server.uri().getScheme()
                  + "://127.0.0.1:"
                  + (overTcp ? tcp.getLocalPort() : udp.getLocalPort()));
      connect(loops.next(), frozen, IN_VAIN, heard);
      assertThat(heard.next(Event.Lost.class).why()).contains("answer");
    }
  }

  @Test
  void afterTheGoodbyeNothingIsHeard() throws Exception {
    server.reply(Reply.SILENCE);
    Link link = connected();
    send(link, payload(1, 10));
    Awaitility.await().atMost(ScriptedGateway.PATIENCE).until(() -> server.payloads().size() == 1);
    onLoop(
        () -> {
          link.close();
          link.close();
          return null;
        });
    server.close();
    onLoop(() -> null);
    assertThat(heard.unasked()).isZero();
  }

  @Test
  void afterPowerIsCutNothingIsHeardAndNothingLeaves() throws Exception {
    Link link = connected();
    onLoop(
        () -> {
          link.cut();
          return null;
        });
    server.close(); // and so there is nothing more to be heard of
    onLoop(
        () -> {
          link.close();
          return null;
        });
    assertThat(heard.unasked()).isZero();
    assertThat(server.payloads()).isEmpty();
  }

  private Link connected() throws Exception {
    connect(loops.next(), server.uri(), PATIENCE, heard);
    return heard.next(Event.Connected.class).link();
  }

  private int send(Link link, byte[] payload) throws Exception {
    return onLoop(() -> link.send(payload, PayloadType.BATCH));
  }

  private <T> T onLoop(Callable<T> task) throws Exception {
    return loops.next().submit(task).get(30, TimeUnit.SECONDS);
  }

  /** A batch of about so many bytes. */
  protected static byte[] payload(long first, int bytes) {
    List<Reading> readings = new ArrayList<>();
    for (int left = bytes, i = 0; left > 0; left -= 4_000, i++) {
      String text = "x".repeat(Math.min(left, 4_000));
      readings.add(new Reading("main", "probe", 1_000 + i, Map.of("note", Value.of(text))));
    }
    long next = first + readings.size();
    return BatchCodec.encode(Batch.ofReadings(DEVICE, 5, first, readings, next, first));
  }
}
