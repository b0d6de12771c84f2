package io.tidemark.sim.link.coap;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.tidemark.sim.ScriptedCoapGateway;
import io.tidemark.sim.ScriptedCoapGateway.Answer;
import io.tidemark.sim.link.Heard;
import io.tidemark.sim.link.LinkContract;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Outcome.Verdict;
import io.tidemark.sim.link.Proofs;
import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Against somebody else's CoAP. */
@NullUnmarked
class CoapLinkTest extends LinkContract {
  private static final CoapTimes SHORT =
      new CoapTimes(Duration.ofMillis(300), 1.5, 4, Duration.ofSeconds(60));

  @Override
  protected void connect(EventLoop loop, URI gateway, Duration max, LinkListener listener) {
    connect(loop, gateway, max, listener, null);
  }

  static void connect(
      EventLoop loop, URI gateway, Duration max, LinkListener listener, @Nullable Proofs proofs) {
    new CoapClient(SHORT, proofs)
        .connect(loop, gateway, DEVICE, max, new SplittableRandom(1), listener);
  }

  @Override
  protected Server server() {
    ScriptedCoapGateway gateway = gateway();
    return server(
        gateway.url(),
        reply -> gateway.script((batch, times) -> answer(reply)),
        gateway::received,
        gateway);
  }

  ScriptedCoapGateway gateway() {
    return ScriptedCoapGateway.accepting();
  }

  private static Answer answer(Reply reply) {
    return switch (reply) {
      case ACCEPT -> new Answer.Separate(ResponseCode.CHANGED);
      case SILENCE -> new Answer.Silence();
      case TOO_LARGE -> new Answer.Respond(ResponseCode.REQUEST_ENTITY_TOO_LARGE, 0);
      case REFUSE_FOR_NOW -> new Answer.Respond(ResponseCode.TOO_MANY_REQUESTS, 7);
      case REFUSE_FOR_GOOD -> new Answer.Respond(ResponseCode.BAD_REQUEST, 0);
    };
  }

  @Override
  protected String codeForNow() {
    return "4.29";
  }

  @Override
  protected String codeForGood() {
    return "4.00";
  }

  @Override
  protected void assertTooLarge(Heard heard) throws Exception {
    Heard.Event.Settled settled = heard.next(Heard.Event.Settled.class);
    assertThat(settled.outcome().verdict()).isEqualTo(Verdict.REFUSED);
    assertThat(settled.outcome().code()).isEqualTo("4.13");
    assertThat(settled.outcome().reason()).isEqualTo("as the script says");
  }
}
