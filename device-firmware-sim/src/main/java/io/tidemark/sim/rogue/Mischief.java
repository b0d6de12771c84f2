package io.tidemark.sim.rogue;

import java.util.List;

/** What rogues of a kind send: a function of the dice and of who they are. Stateless. */
interface Mischief {
  /**
   * Who acts.
   *
   * @param name its device name
   * @param client its client id over MQTT: another one for each act, so that none ends another
   * @param devices good devices; may be empty
   */
  record Who(String name, String client, List<String> devices) {}

  MqttAct mqtt(Dice dice, Who who);

  CoapAct coap(Dice dice, Who who);
}
