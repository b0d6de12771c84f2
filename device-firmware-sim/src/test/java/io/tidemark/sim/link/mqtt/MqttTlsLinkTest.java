package io.tidemark.sim.link.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.tidemark.identity.TestAuthority;
import io.tidemark.sim.ScriptedGateway;
import io.tidemark.sim.link.Heard;
import io.tidemark.sim.link.Proofs;
import io.tidemark.sim.link.TestProofs;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The same over TLS, and who is not believed on either side. */
@NullUnmarked
class MqttTlsLinkTest extends Mqtt5LinkTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");

  @Override
  ScriptedGateway gateway() throws Exception {
    return ScriptedGateway.encrypted(OURS);
  }

  @Override
  Proofs proofs() {
    return new TestProofs(OURS, OURS);
  }

  @Test
  void aDeviceBelievesItsGatewaysOnly() throws Exception {
    assertLost(new TestProofs(OURS, OTHERS), "no authority of ours");
  }

  @Test
  void gatewaysBelieveTheirDevicesOnly() throws Exception {
    assertLost(new TestProofs(OTHERS, OURS), "certificate");
  }

  private void assertLost(TestProofs proofs, String why) throws Exception {
    NioEventLoopGroup loops = new NioEventLoopGroup(1);
    try (ScriptedGateway gateway = gateway()) {
      Heard heard = new Heard();
      new MqttClient(MqttVersion.MQTT_5, PATIENCE, proofs)
          .connect(loops.next(), URI.create(gateway.url()), DEVICE, PATIENCE, heard);
      assertThat(heard.next(Heard.Event.Lost.class).why()).contains(why);
      assertThat(proofs.refused).hasPositiveValue();
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }
}
