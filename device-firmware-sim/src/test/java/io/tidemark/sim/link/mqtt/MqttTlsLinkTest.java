package io.tidemark.sim.link.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import io.tidemark.sim.ScriptedGateway;
import io.tidemark.sim.link.Heard;
import io.tidemark.sim.link.Proofs;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The same over TLS, and who is not believed on either side. */
@NullUnmarked
class MqttTlsLinkTest extends Mqtt5LinkTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");

  private final AtomicInteger refused = new AtomicInteger();

  @Override
  ScriptedGateway gateway() throws Exception {
    return ScriptedGateway.encrypted(OURS);
  }

  @Override
  Proofs proofs() {
    return proofs(OURS, OURS);
  }

  private Proofs proofs(TestAuthority own, TestAuthority believed) {
    return new Proofs() {
      @Override
      public SSLContext of(String device) {
        try {
          return Tls.client(
              new ServerTrust(believed.trust(), server -> Instant.now()),
              new OwnCredential(own.credential(new Identity(Role.DEVICE, device))));
        } catch (GeneralSecurityException e) {
          throw new IllegalStateException(e);
        }
      }

      @Override
      public void refused(String device) {
        refused.incrementAndGet();
      }
    };
  }

  @Test
  void aDeviceBelievesItsGatewaysOnly() throws Exception {
    assertLost(proofs(OURS, OTHERS), "no authority of ours");
  }

  @Test
  void gatewaysBelieveTheirDevicesOnly() throws Exception {
    assertLost(proofs(OTHERS, OURS), "certificate");
  }

  private void assertLost(Proofs proofs, String why) throws Exception {
    NioEventLoopGroup loops = new NioEventLoopGroup(1);
    try (ScriptedGateway gateway = gateway()) {
      Heard heard = new Heard();
      new MqttClient(MqttVersion.MQTT_5, CONNECT_MAX.multipliedBy(15), proofs)
          .connect(
              loops.next(), URI.create(gateway.url()), DEVICE, CONNECT_MAX.multipliedBy(15), heard);
      assertThat(heard.next(Heard.Event.Lost.class).why()).contains(why);
      assertThat(refused).hasPositiveValue();
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }
}
