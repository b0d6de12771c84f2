package io.tidemark.sim.link.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.mqtt.MqttVersion;
import io.tidemark.sim.link.Heard;
import io.tidemark.sim.link.Outcome.Verdict;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked
class Mqtt5LinkTest extends MqttLinkContract {
  Mqtt5LinkTest() {
    super(MqttVersion.MQTT_5);
  }

  @Override
  protected String codeForNow() {
    return "0x97";
  }

  @Override
  protected String codeForGood() {
    return "0x99";
  }

  @Override
  protected void assertTooLarge(Heard heard) throws Exception {
    Heard.Event.Lost lost = heard.next(Heard.Event.Lost.class);
    assertThat(lost.blame()).isNotNull();
    assertThat(lost.blame().verdict()).isEqualTo(Verdict.REFUSED);
    assertThat(lost.blame().code()).isEqualTo("0x95");
  }
}
