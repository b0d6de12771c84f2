package io.tidemark.sim.rogue;

/**
 * What is sent over one connection.
 *
 * @param opening sent first; may be empty
 * @param rest sent once a CONNACK has taken {@code opening} for a CONNECT; empty if that must not
 *     happen, or is all
 * @param zeros how many bytes of nothing follow {@code rest}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MqttAct(byte[] opening, byte[] rest, int zeros, Manner manner) {

  /** Something that a CONNACK must not answer as if it were a CONNECT. */
  static MqttAct instead(byte[] opening) {
    return new MqttAct(opening, new byte[0], 0, Manner.WAITS);
  }

  /** Something that must be refused after a CONNECT that is in order. */
  static MqttAct after(Mischief.Who who, byte[] rest) {
    return new MqttAct(MqttBytes.connect(who.client()), rest, 0, Manner.WAITS);
  }
}
