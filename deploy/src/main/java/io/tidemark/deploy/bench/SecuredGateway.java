package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.device.MqttExchange;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Security;
import io.tidemark.deploy.pipeline.Surroundings;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/**
 * One real gateway with security on that listens without TLS, too, and devices that are enrolled.
 * It and they have been given what proves who they are by a real ingest, which has ended; in its
 * place there is an answer that says yes, so that no store takes the processors away, and the log
 * is read and cut as it is in operation.
 */
final class SecuredGateway implements AutoCloseable {
  /** Of a device that has a pre-shared key. */
  static final String KEYED = "keyed";

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int CREATED = 201;

  private final Path data;
  private final Ports.OfGateway ports;
  private final int plainPort;
  private final Trust trust;
  private final List<Credential> devices = new ArrayList<>();
  private final String key;
  private final ForwardSink sink;
  private final ChildProcess gateway;

  /**
   * Starts all it takes, and waits until devices are let in.
   *
   * @param devices how many are enrolled
   */
  SecuredGateway(Installation installation, Path data, int devices)
      throws IOException, InterruptedException, GeneralSecurityException {
    this.data = data;
    Ports all = Ports.free(1);
    ports = all.gateways().get(0);
    plainPort = Ports.one();
    try (Pipeline pipeline =
        new Pipeline(
            installation,
            data,
            all,
            Surroundings.SHARED,
            null,
            "tidemark",
            new Security(true, null))) {
      pipeline.startServers();
      EnrolmentToken token =
          EnrolmentToken.parse(
              Files.readString(Objects.requireNonNull(pipeline.deviceToken())).strip());
      URI ingest = URI.create(pipeline.apiUrl());
      trust = new Trust(EstClient.meet(ingest, TIMEOUT, token.authority()));
      EstClient est = EstClient.of(ingest, TIMEOUT, servers(), null);
      for (int i = 0; i < devices; i++) {
        this.devices.add(
            est.enrol(token.secretText(), new Identity(Role.DEVICE, Generator.id(i)), List.of()));
      }
      key = makeKey(pipeline.http(), pipeline.apiUrl());
      Waiting.until(
          () -> Files.exists(listFile()) && knows(listFile(), KEYED),
          () -> "the gateway does not know the key yet: " + listFile());
    }
    sink = new ForwardSink(all.ingest(), standingInForIngest());
    gateway =
        new ChildProcess(
            "measured",
            data.resolve("logs"),
            Map.of(),
            installation.java("gateway/target/quarkus-app/quarkus-run.jar", options(all)));
    gateway.start();
    Waiting.until(this::isOpen, () -> "the gateway does not listen; see " + gateway.log());
  }

  private Path identityFolder() {
    return data.resolve("gateway-g1/identity");
  }

  private Path listFile() {
    return identityFolder().resolve("access-list");
  }

  /** With the gateway's own certificate: gateways, too, are believed by who forwards. */
  private SSLContext standingInForIngest() throws IOException, GeneralSecurityException {
    Credential own = new CredentialFolder(identityFolder()).credential().orElseThrow();
    return Tls.server(
        new OwnCredential(own),
        ClientTrust.of(trust, Clock.systemUTC(), (identity, certificate) -> {}));
  }

  private static boolean knows(Path list, String device) throws IOException {
    return new String(Files.readAllBytes(list), StandardCharsets.ISO_8859_1).contains(device);
  }

  private static String makeKey(Http http, String api) throws IOException, InterruptedException {
    Http.Answer answer =
        http.tryPost(api + "/api/v1/devices/" + KEYED + "/secret", "{\"kind\":\"psk\"}");
    if (answer.status() != CREATED) {
      throw new IOException("ingest has made no key: " + answer.body());
    }
    return new ObjectMapper().readTree(answer.body()).path("hex").asText();
  }

  private List<String> options(Ports all) {
    List<String> options = new ArrayList<>(Pipeline.GATEWAY_JVM_OPTIONS);
    options.addAll(
        List.of(
            "-Dquarkus.http.host=127.0.0.1",
            "-Dquarkus.http.port=" + ports.http(),
            "-Dquarkus.http.ssl-port=" + ports.http(),
            "-Dtidemark.mqtt.host=127.0.0.1",
            "-Dtidemark.mqtt.tls.port=" + ports.mqtt(),
            "-Dtidemark.mqtt.plain=true",
            "-Dtidemark.mqtt.port=" + plainPort,
            "-Dtidemark.coap.host=127.0.0.1",
            "-Dtidemark.coap.dtls.port=" + ports.coap(),
            "-Dtidemark.gateway.id=g1",
            "-Dtidemark.cluster.peers=g1=127.0.0.1:" + ports.raft(),
            "-Dtidemark.ingest.urls=https://127.0.0.1:" + all.ingest(),
            // What a gateway takes is measured, and not what one device may send.
            "-Dtidemark.intake.device-readings-per-second-max=100000000",
            "-Dtidemark.intake.device-bytes-per-second-max=1000000000",
            "-Dtidemark.data.dir=" + data.resolve("gateway-g1")));
    return options;
  }

  private boolean isOpen() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), plainPort)) {
      return MqttExchange.letIn(socket, "looking");
    } catch (IOException e) {
      return false;
    }
  }

  private ServerTrust servers() {
    return new ServerTrust(trust, server -> Instant.now());
  }

  /** Port with TLS. */
  int tlsPort() {
    return ports.mqtt();
  }

  /** Port without. */
  int plainPort() {
    return plainPort;
  }

  /** UDP port with DTLS. */
  int dtlsPort() {
    return ports.coap();
  }

  long pid() {
    return gateway.pid();
  }

  /** The pre-shared key of {@link #KEYED}, in hexadecimal. */
  String key() {
    return key;
  }

  /** What each device connects with; anew, so that none goes on with a session of before. */
  List<SSLContext> contexts() throws GeneralSecurityException {
    List<SSLContext> contexts = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      contexts.add(context(i));
    }
    return contexts;
  }

  /** The same of one. */
  SSLContext context(int device) throws GeneralSecurityException {
    return Tls.client(servers(), new OwnCredential(devices.get(device)));
  }

  /** A folder with the credential of the first device, and whom it believes. */
  Path deviceFolder() throws IOException {
    Path path = data.resolve("device");
    CredentialFolder folder = new CredentialFolder(path);
    folder.store(devices.get(0));
    folder.store(trust.authorities());
    return path;
  }

  @Override
  public void close() throws InterruptedException {
    gateway.terminate();
    if (!gateway.waitFor(TIMEOUT)) {
      gateway.kill();
    }
    sink.close();
  }
}
