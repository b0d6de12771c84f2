package io.tidemark.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.mqtt.MqttProperties.MqttPropertyType;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.util.EnumSet;
import java.util.Set;

/**
 * What MQTT asks of a client's packets and the decoder does not look at: texts are UTF-8 without
 * U+0000 (MQTT 5, section 1.5.4; MQTT 3.1.1, 1.5.3), the flags of a CONNECT agree with each other,
 * a property stands where it may, once, with a value it may have (MQTT 5, 2.2.2.2), and what has to
 * be there is.
 *
 * <p>Belongs to one connection and its event loop. Keeps none of the bytes.
 */
final class PacketRules {
  private static final int MQTT_3_1_LEVEL = 3;
  private static final int MQTT_5_LEVEL = 5;

  private static final int CLEAN_START = 0x02;
  private static final int WILL = 0x04;
  private static final int WILL_QOS = 0x18;
  private static final int WILL_RETAIN = 0x20;
  private static final int PASSWORD = 0x40;
  private static final int USER_NAME = 0x80;

  private static final int DUP = 0x08;
  private static final int QOS = 0x06;

  private static final int OPTION_QOS = 0x03;
  private static final int OPTION_NO_LOCAL = 0x04;
  private static final int OPTION_RETAIN_HANDLING = 0x30;
  private static final int OPTIONS_RESERVED = 0xC0;
  private static final String SHARED = "$share/";

  private static final Set<MqttPropertyType> OF_CONNECT =
      EnumSet.of(
          MqttPropertyType.SESSION_EXPIRY_INTERVAL,
          MqttPropertyType.AUTHENTICATION_METHOD,
          MqttPropertyType.AUTHENTICATION_DATA,
          MqttPropertyType.REQUEST_PROBLEM_INFORMATION,
          MqttPropertyType.REQUEST_RESPONSE_INFORMATION,
          MqttPropertyType.RECEIVE_MAXIMUM,
          MqttPropertyType.TOPIC_ALIAS_MAXIMUM,
          MqttPropertyType.USER_PROPERTY,
          MqttPropertyType.MAXIMUM_PACKET_SIZE);
  private static final Set<MqttPropertyType> OF_WILL =
      EnumSet.of(
          MqttPropertyType.PAYLOAD_FORMAT_INDICATOR,
          MqttPropertyType.PUBLICATION_EXPIRY_INTERVAL,
          MqttPropertyType.CONTENT_TYPE,
          MqttPropertyType.RESPONSE_TOPIC,
          MqttPropertyType.CORRELATION_DATA,
          MqttPropertyType.WILL_DELAY_INTERVAL,
          MqttPropertyType.USER_PROPERTY);
  private static final Set<MqttPropertyType> OF_PUBLISH =
      EnumSet.of(
          MqttPropertyType.PAYLOAD_FORMAT_INDICATOR,
          MqttPropertyType.PUBLICATION_EXPIRY_INTERVAL,
          MqttPropertyType.CONTENT_TYPE,
          MqttPropertyType.RESPONSE_TOPIC,
          MqttPropertyType.CORRELATION_DATA,
          MqttPropertyType.TOPIC_ALIAS,
          MqttPropertyType.USER_PROPERTY);
  private static final Set<MqttPropertyType> OF_SUBSCRIBE =
      EnumSet.of(MqttPropertyType.SUBSCRIPTION_IDENTIFIER, MqttPropertyType.USER_PROPERTY);
  private static final Set<MqttPropertyType> OF_UNSUBSCRIBE =
      EnumSet.of(MqttPropertyType.USER_PROPERTY);
  private static final Set<MqttPropertyType> OF_DISCONNECT =
      EnumSet.of(
          MqttPropertyType.SESSION_EXPIRY_INTERVAL,
          MqttPropertyType.REASON_STRING,
          MqttPropertyType.USER_PROPERTY);

  private int level;
  private boolean sessionEnds = true;

  /**
   * Looks at one packet, and leaves it as it is; but for a CONNECT of MQTT 5 without a client id,
   * in which the clean start flag is set.
   *
   * @param packet a whole packet from its reader index on, which stays where it is
   * @param length of it, with its fixed header
   * @throws ProtocolException if it breaks a rule
   */
  void check(ByteBuf packet, int length) {
    PacketFields fields = new PacketFields(packet.slice(packet.readerIndex(), length));
    int first = fields.number(1);
    fields.variableInteger(); // the remaining length
    switch (first >> 4) {
      case PacketHead.CONNECT -> checkConnect(fields);
      case PacketHead.PUBLISH -> checkPublish(first, fields);
      case PacketHead.SUBSCRIBE -> checkSubscribe(fields);
      case PacketHead.UNSUBSCRIBE -> checkUnsubscribe(fields);
      case PacketHead.DISCONNECT -> checkDisconnect(fields);
      default -> {}
    }
  }

  /** Whether the CONNECT was one of MQTT 5. */
  boolean isMqtt5() {
    return level == MQTT_5_LEVEL;
  }

  private void checkConnect(PacketFields fields) {
    String protocol = fields.text();
    level = fields.number(1);
    if (!protocol.equals(level == MQTT_3_1_LEVEL ? "MQIsdp" : "MQTT") || level > MQTT_5_LEVEL) {
      return; // it is told that it speaks another protocol
    }
    int flagsAt = fields.position();
    int flags = fields.number(1);
    checkFlags(flags);
    fields.number(2); // the keep alive
    if (isMqtt5()) {
      checkProperties(fields, OF_CONNECT);
    }
    boolean unnamed = fields.binary() == 0; // the client id, which is answered if it is wrong
    if (unnamed && isMqtt5()) {
      // MQTT 5 allows it with any clean start, and it can mean no session there is; vertx-mqtt
      // would refuse it by the rule of 3.1.1.
      fields.set(flagsAt, flags | CLEAN_START);
    }
    if ((flags & WILL) != 0) {
      if (isMqtt5()) {
        checkProperties(fields, OF_WILL);
      }
      fields.skipText(); // the will's topic, which is answered if it is wrong
      fields.binary(); // its payload
    }
    if ((flags & USER_NAME) != 0) {
      fields.skipText();
    }
  }

  private void checkFlags(int flags) {
    if ((flags & WILL) == 0 && (flags & (WILL_QOS | WILL_RETAIN)) != 0) {
      throw ProtocolException.malformed(
          "without a will there is no QoS of it and nothing to retain");
    }
    if ((flags & WILL_QOS) == WILL_QOS) {
      throw ProtocolException.malformed("a will's QoS is 0, 1 or 2");
    }
    if (!isMqtt5() && (flags & (USER_NAME | PASSWORD)) == PASSWORD) {
      throw ProtocolException.malformed("a password needs a user name before MQTT 5");
    }
  }

  private void checkPublish(int first, PacketFields fields) {
    if ((first & (DUP | QOS)) == DUP) {
      throw ProtocolException.malformed("QoS 0 is not sent again: DUP has to be 0");
    }
    boolean named = fields.skipText() > 0; // the decoder looks for wildcards
    if ((first & QOS) != 0) {
      fields.number(2); // the packet id
    }
    boolean aliased =
        isMqtt5() && checkProperties(fields, OF_PUBLISH).contains(MqttPropertyType.TOPIC_ALIAS);
    if (!named && !aliased) {
      throw noTopic();
    }
  }

  private static void checkTopic(String topic) {
    if (topic.isEmpty()) {
      throw noTopic();
    }
    if (topic.indexOf('#') >= 0 || topic.indexOf('+') >= 0) {
      throw ProtocolException.malformed("a topic has no wildcards");
    }
  }

  private static ProtocolException noTopic() {
    return protocolError("a topic has at least one character");
  }

  private void checkSubscribe(PacketFields fields) {
    checkBeforeFilters(fields, OF_SUBSCRIBE);
    while (fields.remain()) {
      checkOptions(filter(fields), fields.number(1));
    }
  }

  private void checkOptions(String filter, int options) {
    int reserved = isMqtt5() ? OPTIONS_RESERVED : ~OPTION_QOS;
    if ((options & reserved) != 0 || (options & OPTION_QOS) == OPTION_QOS) {
      throw ProtocolException.malformed(
          "subscription options 0x%02x are not known".formatted(options));
    }
    if ((options & OPTION_RETAIN_HANDLING) == OPTION_RETAIN_HANDLING) {
      throw protocolError("a retain handling is 0, 1 or 2");
    }
    if ((options & OPTION_NO_LOCAL) != 0 && filter.startsWith(SHARED)) {
      throw protocolError("a shared subscription cannot be No Local");
    }
  }

  private void checkUnsubscribe(PacketFields fields) {
    checkBeforeFilters(fields, OF_UNSUBSCRIBE);
    while (fields.remain()) {
      filter(fields);
    }
  }

  private void checkBeforeFilters(PacketFields fields, Set<MqttPropertyType> allowed) {
    fields.number(2); // the packet id
    if (isMqtt5()) {
      checkProperties(fields, allowed);
    }
    if (!fields.remain()) {
      throw protocolError("at least one topic filter has to be named");
    }
  }

  private static String filter(PacketFields fields) {
    String filter = fields.text();
    if (filter.isEmpty()) {
      throw ProtocolException.malformed("a topic filter has at least one character");
    }
    return filter;
  }

  private void checkDisconnect(PacketFields fields) {
    if (!isMqtt5() && fields.remain()) {
      throw ProtocolException.malformed("a DISCONNECT has no contents before MQTT 5");
    }
    if (fields.remain()) {
      fields.number(1); // the reason code, which the gate looks at
    }
    if (fields.remain()) {
      checkProperties(fields, OF_DISCONNECT);
    }
  }

  /** The properties there are; all of them are looked at. */
  private Set<MqttPropertyType> checkProperties(PacketFields all, Set<MqttPropertyType> allowed) {
    Set<MqttPropertyType> found = EnumSet.noneOf(MqttPropertyType.class);
    PacketFields fields = all.part(all.variableInteger());
    while (fields.remain()) {
      MqttPropertyType type = typeOf(fields.variableInteger());
      if (!allowed.contains(type)) {
        throw type == MqttPropertyType.SUBSCRIPTION_IDENTIFIER && allowed == OF_PUBLISH
            ? protocolError("only what a server sends has a subscription identifier")
            : ProtocolException.malformed(
                "property 0x%02x is not allowed here".formatted(type.value()));
      }
      if (!found.add(type) && type != MqttPropertyType.USER_PROPERTY) {
        throw protocolError("property 0x%02x stands twice".formatted(type.value()));
      }
      checkValue(type, fields, allowed == OF_DISCONNECT);
    }
    if (found.contains(MqttPropertyType.AUTHENTICATION_DATA)
        && !found.contains(MqttPropertyType.AUTHENTICATION_METHOD)) {
      throw protocolError("authentication data need an authentication method");
    }
    return found;
  }

  private static MqttPropertyType typeOf(int id) {
    try {
      return MqttPropertyType.valueOf(id);
    } catch (IllegalArgumentException e) {
      throw ProtocolException.malformed("there is no property 0x%02x".formatted(id));
    }
  }

  private void checkValue(MqttPropertyType type, PacketFields fields, boolean ofDisconnect) {
    switch (type) {
      case PAYLOAD_FORMAT_INDICATOR, REQUEST_PROBLEM_INFORMATION, REQUEST_RESPONSE_INFORMATION ->
          require(fields.number(1) <= 1, type);
      case RECEIVE_MAXIMUM -> require(fields.number(2) > 0, type);
      case TOPIC_ALIAS_MAXIMUM, TOPIC_ALIAS -> fields.number(2);
      case MAXIMUM_PACKET_SIZE -> require(fields.number(4) != 0, type);
      case SUBSCRIPTION_IDENTIFIER -> require(fields.variableInteger() > 0, type);
      case SESSION_EXPIRY_INTERVAL -> checkSessionExpiry(fields.number(4), ofDisconnect);
      case PUBLICATION_EXPIRY_INTERVAL, WILL_DELAY_INTERVAL -> fields.number(4);
      case RESPONSE_TOPIC -> checkTopic(fields.text());
      case CONTENT_TYPE, AUTHENTICATION_METHOD, REASON_STRING -> fields.skipText();
      case CORRELATION_DATA, AUTHENTICATION_DATA -> fields.binary();
      case USER_PROPERTY -> {
        fields.skipText();
        fields.skipText();
      }
      default -> throw new IllegalStateException(type + " is allowed nowhere");
    }
  }

  /** A session that was to end with its connection cannot be kept in the end (3.14.2.2.2). */
  private void checkSessionExpiry(int interval, boolean ofDisconnect) {
    if (!ofDisconnect) {
      sessionEnds = interval == 0;
    } else if (sessionEnds && interval != 0) {
      throw protocolError("this session ends with its connection, as CONNECT said");
    }
  }

  private static void require(boolean holds, MqttPropertyType type) {
    if (!holds) {
      throw protocolError("property 0x%02x cannot have this value".formatted(type.value()));
    }
  }

  private static ProtocolException protocolError(String text) {
    return new ProtocolException(
        CloseReason.PROTOCOL, MqttDisconnectReasonCode.PROTOCOL_ERROR, text);
  }
}
