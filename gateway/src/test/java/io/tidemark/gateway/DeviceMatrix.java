package io.tidemark.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.mqtt.MqttMessageType;
import io.tidemark.gateway.identity.Proof;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.password.Argon2id;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessList.Secret;
import io.tidemark.wire.Address;
import io.tidemark.wire.PayloadType;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code device-matrix.txt}: who comes to a gateway's ports, for what, and what is to
 * become of it. And what there has to be in it, as far as the product can tell.
 */
final class DeviceMatrix {
  static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final Argon2id QUICK = new Argon2id(64, 1);

  static final String SELF = "d1";
  static final String SECOND = "d2";
  static final String FORMER = "d3";
  static final String STOLEN = "d4";

  /**
   * Who comes to a gateway, each in its column of {@code device-matrix.txt}: as what, and why it is
   * refused, as that is counted, if it is.
   */
  enum Caller {
    NONE(null, "no_certificate"),
    OWN(certificate(SELF), ""),
    OTHER(certificate(SECOND), ""),
    GATEWAY(OURS.credential(new Identity(Role.GATEWAY, "g2"), "127.0.0.1"), "wrong_role"),
    INGEST(OURS.credential(new Identity(Role.INGEST, "ingest"), "127.0.0.1"), "wrong_role"),
    FOREIGN(OTHERS.credential(device(SELF)), "unknown_authority"),
    FORGED(forged(), "not_an_identity"),
    EXPIRED(certificate(SELF, NOW.minusSeconds(900), NOW.minusSeconds(2)), "expired"),
    EARLY(certificate(SELF, NOW.plusSeconds(900), NOW.plusSeconds(999)), "not_yet_valid"),
    OUT(certificate(STOLEN), "shut_out"),
    VOID(certificate(SELF, NOW.minusSeconds(900), NOW.plusSeconds(900)), "superseded"),
    SECRET(SELF, SELF, ""),
    SECRET2(SECOND, SECOND, ""),
    WRONG(SELF, "nobody", "wrong_password"),
    SWAPPED(SELF, SECOND, "wrong_password"),
    GONE(FORMER, FORMER, "wrong_password"),
    BARRED(STOLEN, STOLEN, "shut_out");

    final @Nullable Credential credential;
    final @Nullable String user;
    final @Nullable String secretOf;
    final String reason;

    Caller(@Nullable Credential credential, String reason) {
      this(credential, null, null, reason);
    }

    Caller(String user, String secretOf, String reason) {
      this(null, user, secretOf, reason);
    }

    Caller(
        @Nullable Credential credential,
        @Nullable String user,
        @Nullable String secretOf,
        String reason) {
      this.credential = credential;
      this.user = user;
      this.secretOf = secretOf;
      this.reason = reason;
    }

    String column() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean isLetIn() {
      return reason.isEmpty();
    }

    /** As whom it is let in. */
    String letInAs() {
      return credential != null ? credential.identity().name() : Objects.requireNonNull(user);
    }

    /** By what it shows who it is, at either port. */
    Set<Proof> proofs() {
      if (user != null) {
        return EnumSet.of(Proof.PASSWORD, Proof.KEY);
      }
      return credential == null ? Set.of() : EnumSet.of(Proof.CERTIFICATE);
    }
  }

  private static Identity device(String name) {
    return new Identity(Role.DEVICE, name);
  }

  private static Credential certificate(String name) {
    return certificate(name, NOW.minusSeconds(60), NOW.plusSeconds(900));
  }

  private static Credential certificate(String name, Instant from, Instant to) {
    return OURS.credential(device(name), from, to);
  }

  /** Signed by one whom our root has signed, too, but not as an authority. */
  private static Credential forged() {
    Credential theirs = OTHERS.credential(device(SELF));
    return new Credential(
        theirs.key(),
        List.of(
            theirs.certificate(),
            OTHERS.intermediate(),
            OURS.vouch(OTHERS, new BasicConstraints(false))));
  }

  static String password(String device) {
    return "of-" + device;
  }

  static byte[] key(String device) {
    return Arrays.copyOf(device.getBytes(UTF_8), 32);
  }

  private static Secret secret(String device) {
    return new Secret(device, QUICK.hash(password(device).getBytes(UTF_8)), key(device));
  }

  /** What ingest tells gateways: one is shut out, one was enrolled anew, and these have secrets. */
  static AccessList list(long version, String... withSecrets) {
    return new AccessList(
        version,
        List.of(
            new Barred("device", STOLEN, 0),
            new Barred("device", SELF, NOW.minusSeconds(60).toEpochMilli())),
        Arrays.stream(withSecrets).map(DeviceMatrix::secret).toList(),
        List.of());
  }

  /** A row's head. */
  record Row(String port, String request, String address, String form) {
    @Override
    public String toString() {
      return String.join(" ", port, request, address, form);
    }

    /** Whether something is to be kept, if it is let in. */
    boolean isKept() {
      return Set.of("PUBLISH", "PUBLISH0", "WILL", "POST").contains(request);
    }

    int mqttVersion() {
      return port.equals("MQTT5") ? 5 : 4;
    }

    /** Of the payload. */
    PayloadType type() {
      return form.startsWith("of-")
          ? PayloadType.BATCH
          : PayloadType.valueOf(form.toUpperCase(Locale.ROOT));
    }

    byte[] payload() {
      String named = Address.deviceIn(address.replaceFirst("^/", ""));
      String own = named == null ? SELF : named;
      String device = form.startsWith("of-") ? form.substring(3) : own;
      return switch (type()) {
        case BATCH -> Batches.readings(device, 0, 1);
        case JSON -> "{\"t\":1}".getBytes(UTF_8);
        case SENML_JSON -> "[{\"n\":\"s/t\",\"v\":1}]".getBytes(UTF_8);
        case SENML_CBOR ->
            HexFormat.of().parseHex("81a20063732f740201"); // the same: [{0: "s/t", 2: 1}]
      };
    }
  }

  private final Map<Row, Map<Caller, String>> table = new LinkedHashMap<>();
  private final Set<Row> beside = new HashSet<>();

  DeviceMatrix() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(DeviceMatrix.class.getResourceAsStream("/device-matrix.txt"))) {
      List<String> lines = new String(in.readAllBytes(), UTF_8).lines().toList();
      String columns = lines.stream().filter(line -> line.startsWith("#")).reduce("", (a, b) -> b);
      assertThat(columns.split(" +"))
          .containsExactlyElementsOf(
              Stream.concat(
                      Stream.of("#", "port", "request", "address", "form"),
                      Arrays.stream(Caller.values()).map(Caller::column))
                  .toList());
      for (String line : lines) {
        if (!line.isBlank() && !line.startsWith("#")) {
          read(line);
        }
      }
    }
  }

  private void read(String line) {
    List<String> words = List.of(line.substring(1).strip().split(" +"));
    assertThat(words).as(line).hasSize(4 + Caller.values().length);
    Row row = new Row(words.get(0), words.get(1), words.get(2), words.get(3));
    Map<Caller, String> cells = new EnumMap<>(Caller.class);
    int column = 4;
    for (Caller caller : Caller.values()) {
      cells.put(caller, words.get(column++));
    }
    assertThat(table.put(row, cells)).as("rows of " + row).isNull();
    if (line.startsWith("+")) {
      beside.add(row);
    }
  }

  /** The rows of the file, and what it expects in each column. */
  Map<Row, Map<Caller, String>> table() {
    return table;
  }

  /**
   * Every address there is with every way to ask for it; and the rows that are in the file beside.
   */
  List<Row> product() {
    List<Row> there = new ArrayList<>();
    for (Address.Kind kind : Address.Kind.values()) {
      for (String device : List.of(SELF, SECOND)) {
        there.addAll(atMqtt(kind.of(device)));
        there.addAll(atCoap("/" + kind.of(device)));
      }
    }
    Set<String> withAddress = Set.of("PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE");
    for (MqttMessageType type : MqttMessageType.values()) {
      if (!withAddress.contains(type.name())) {
        there.add(new Row("MQTT5", type.name(), "-", "-"));
      }
    }
    there.add(new Row("MQTT3", "CONNECT", "-", "-"));
    there.add(new Row("PEERS", "TLS", "-", "-"));
    there.addAll(beside);
    return there;
  }

  private static List<Row> atMqtt(String topic) {
    List<Row> rows = new ArrayList<>();
    for (PayloadType type : PayloadType.values()) {
      rows.add(new Row("MQTT5", "PUBLISH", topic, form(type)));
    }
    rows.add(new Row("MQTT5", "PUBLISH0", topic, form(PayloadType.BATCH)));
    rows.add(new Row("MQTT3", "PUBLISH", topic, form(PayloadType.BATCH)));
    for (String port : List.of("MQTT5", "MQTT3")) {
      for (String request : List.of("SUBSCRIBE", "UNSUBSCRIBE", "WILL")) {
        rows.add(new Row(port, request, topic, "-"));
      }
    }
    return rows;
  }

  private static List<Row> atCoap(String path) {
    List<Row> rows = new ArrayList<>();
    for (Code method : Code.values()) {
      if (method != Code.POST) {
        rows.add(new Row("COAP", method.name(), path, "-"));
      }
    }
    for (PayloadType type : PayloadType.values()) {
      rows.add(new Row("COAP", "POST", path, form(type)));
    }
    return rows;
  }

  private static String form(PayloadType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
