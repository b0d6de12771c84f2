package io.tidemark.sim.link.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.mqtt.MqttVersion;
import io.tidemark.sim.link.Heard;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked
class Mqtt311LinkTest extends MqttLinkContract {
  Mqtt311LinkTest() {
    super(MqttVersion.MQTT_3_1_1);
  }

  @Override
  protected String codeForNow() {
    return null;
  }

  @Override
  protected String codeForGood() {
    return null;
  }

  /** A connection that is closed without a word blames nothing: it may be sent again. */
  @Override
  protected void assertTooLarge(Heard heard) throws Exception {
    assertThat(heard.next(Heard.Event.Lost.class).blame()).isNull();
  }
}
