package io.tidemark.sim;

import io.netty.handler.codec.mqtt.MqttVersion;

/** Which version of MQTT devices speak. */
enum MqttChoice {
  V5,
  V3_1_1,
  /** Of the devices that begin with a gateway every other one speaks 3.1.1. */
  MIXED;

  /**
   * The version of one device.
   *
   * @param device its number, from 0
   * @param gateways how many gateways there are; device i begins with the i-th
   */
  MqttVersion of(int device, int gateways) {
    return switch (this) {
      case V5 -> MqttVersion.MQTT_5;
      case V3_1_1 -> MqttVersion.MQTT_3_1_1;
      case MIXED -> device / gateways % 2 == 0 ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1;
    };
  }
}
