package io.tidemark.sim.link.mqtt;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.tidemark.sim.ScriptedGateway;
import io.tidemark.sim.ScriptedGateway.Answer;
import io.tidemark.sim.link.LinkContract;
import io.tidemark.sim.link.LinkListener;
import io.tidemark.sim.link.Proofs;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** What both versions have in common: a server, and how it says things where it can say them. */
@NullUnmarked
abstract class MqttLinkContract extends LinkContract {
  private final MqttVersion version;

  MqttLinkContract(MqttVersion version) {
    this.version = version;
  }

  @Override
  protected void connect(EventLoop loop, URI gateway, Duration max, LinkListener listener) {
    new MqttClient(version, Duration.ofSeconds(30), proofs())
        .connect(loop, gateway, DEVICE, max, listener);
  }

  /** What the device proves with who it is; null if nobody asks. */
  @Nullable Proofs proofs() {
    return null;
  }

  ScriptedGateway gateway() throws Exception {
    return ScriptedGateway.accepting();
  }

  @Override
  protected Server server() throws Exception {
    ScriptedGateway gateway = gateway();
    return server(
        gateway.url(),
        reply -> gateway.script((batch, times) -> answer(reply)),
        gateway::received,
        gateway);
  }

  private Answer answer(Reply reply) {
    boolean tells = version == MqttVersion.MQTT_5;
    return switch (reply) {
      case ACCEPT -> new Answer.Accept();
      case SILENCE -> new Answer.Withhold();
      case TOO_LARGE -> new Answer.Disconnect(MqttDisconnectReasonCode.PACKET_TOO_LARGE);
      case REFUSE_FOR_NOW ->
          tells ? new Answer.Refuse(MqttPubAckReasonCode.QUOTA_EXCEEDED, "7") : new Answer.Cut();
      case REFUSE_FOR_GOOD ->
          tells
              ? new Answer.Refuse(MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID)
              : new Answer.Accept();
    };
  }
}
