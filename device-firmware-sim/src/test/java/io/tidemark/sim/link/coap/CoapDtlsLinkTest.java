package io.tidemark.sim.link.coap;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.tidemark.identity.TestAuthority;
import io.tidemark.sim.ScriptedCoapGateway;
import io.tidemark.sim.link.Heard;
import io.tidemark.sim.link.Link;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.TestProofs;
import io.tidemark.wire.PayloadType;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * The same over DTLS, Java's here and Californium's there; and who is not believed on either side.
 */
@NullUnmarked
class CoapDtlsLinkTest extends CoapLinkTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");

  private static final String HOST = "127.0.0.1";

  private final TestProofs proofs = new TestProofs(OURS, OURS);

  @Override
  protected void connect(EventLoop loop, URI gateway, Duration max, LinkListener listener) {
    connect(loop, gateway, max, listener, proofs);
  }

  @Override
  ScriptedCoapGateway gateway() {
    return ScriptedCoapGateway.encrypted(OURS, HOST);
  }

  @Test
  void aDeviceBelievesItsGatewaysOnly() throws Exception {
    assertLost(HOST, new TestProofs(OURS, OTHERS), "no authority of ours");
    assertLost("g1.example", new TestProofs(OURS, OURS), "is another host's");
  }

  @Test
  void gatewaysBelieveTheirDevicesOnly() throws Exception {
    assertLost(HOST, new TestProofs(OTHERS, OURS), "unknown_ca");
  }

  private static void assertLost(String host, TestProofs proofs, String why) throws Exception {
    NioEventLoopGroup loops = new NioEventLoopGroup(1);
    try (ScriptedCoapGateway gateway = ScriptedCoapGateway.encrypted(OURS, host)) {
      Heard heard = new Heard();
      connect(loops.next(), URI.create(gateway.url()), PATIENCE, heard, proofs);
      assertThat(heard.next(Heard.Event.Lost.class).why()).contains(why);
      assertThat(proofs.refused).hasValue(1);
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  @Test
  void whoIsBelievedNoMoreOrNotKnownOrIsClosedHasNoConnection() throws Exception {
    NioEventLoopGroup loops = new NioEventLoopGroup(1);
    try (ScriptedCoapGateway gateway = ScriptedCoapGateway.encrypted(OURS, HOST)) {
      gateway.script(
          (batch, times) -> new ScriptedCoapGateway.Answer.Respond(ResponseCode.UNAUTHORIZED, 0));
      assertThat(sending(loops, gateway).next(Heard.Event.Lost.class).why())
          .contains("believes this device no more");
      assertThat(proofs.refused).hasValue(1);
      gateway.script((batch, times) -> new ScriptedCoapGateway.Answer.Silence());
      assertThat(sending(loops, gateway).next(Heard.Event.Lost.class).why())
          .as("as who does not know the session any more")
          .contains("no acknowledgement, though sent 2 times");
      gateway.script((batch, times) -> ScriptedCoapGateway.ACCEPT);
      Heard heard = sending(loops, gateway);
      heard.next(Heard.Event.Settled.class);
      gateway.closeSessions();
      assertThat(heard.next(Heard.Event.Lost.class).why()).contains("closed the session");
      assertThat(proofs.refused).hasValue(1);
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  private Heard sending(NioEventLoopGroup loops, ScriptedCoapGateway gateway) throws Exception {
    Heard heard = new Heard();
    connect(loops.next(), URI.create(gateway.url()), PATIENCE, heard);
    Link link = heard.next(Heard.Event.Connected.class).link();
    int unused =
        loops
            .next()
            .submit(() -> link.send(payload(1, 10), PayloadType.BATCH))
            .get(30, TimeUnit.SECONDS);
    return heard;
  }
}
