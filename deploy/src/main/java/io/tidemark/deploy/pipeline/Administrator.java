package io.tidemark.deploy.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemark.identity.ApiAccess;
import io.tidemark.identity.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * Who administers a pipeline with security on, as a person would: becomes the first administrator
 * by the token that ingest prints at its first start, has an API key and enrolment tokens made, and
 * keeps all of it in files that nobody else can read. Used by one thread.
 */
public final class Administrator {
  /** As whom one logs in. */
  public static final String NAME = "admin";

  /** The name of the token that all devices are enrolled with. */
  static final String DEVICES = "devices";

  private static final Pattern SETUP = Pattern.compile("tms_[A-Za-z0-9_-]{43}");
  private static final String PASSWORD = "password";
  private static final String KEY = "api-key";
  private static final String GATEWAYS = "gateways-token";
  private static final Duration KEY_FOR = Duration.ofDays(365);
  private static final String TOKEN_FOR = "P7D";
  private static final int TOKEN_USES = 10_000;
  private static final int CREATED = 201;
  private static final int PASSWORD_BYTES = 18;

  private final Path folder;
  private final Path authority;
  private final URI api;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Does nothing yet.
   *
   * @param folder where secrets are kept
   * @param ingest ingest's data folder
   * @param api ingest's base address
   */
  public Administrator(Path folder, Path ingest, String api) {
    this.folder = folder;
    this.authority = ingest.resolve("identity").resolve("root.pem");
    this.api = URI.create(api);
  }

  /** The certificate of ingest's authority. */
  public Path authority() {
    return authority;
  }

  /** The file with the API key. */
  public Path keyFile() {
    return folder.resolve(KEY);
  }

  /** The file with the word that gateways ask for, who may look at them and change them. */
  public Path gatewaysTokenFile() {
    return folder.resolve(GATEWAYS);
  }

  /**
   * What asks gateways with that word.
   *
   * @throws IOException if there is none yet, or nobody to believe
   */
  Http askingGateways() throws IOException {
    return new Http().with(Files.readString(gatewaysTokenFile()).strip(), tls());
  }

  /** The file with the password that {@link #NAME} logs in with. */
  public Path passwordFile() {
    return folder.resolve(PASSWORD);
  }

  /** The file with an enrolment token of this name. */
  public Path tokenFile(String name) {
    return folder.resolve(name + ".token");
  }

  /** TLS that believes ingest. */
  public SSLContext tls() throws IOException {
    return ApiAccess.believing(authority);
  }

  /**
   * What asks ingest with the key; makes the administrator and the key if there are none yet.
   *
   * @param ingest has just become ready
   * @throws IOException if ingest does not do what it should
   */
  public Http open(ChildProcess ingest) throws IOException, InterruptedException {
    if (!Files.exists(keyFile())) {
      SecretFile.write(folder, PASSWORD, random());
      SecretFile.write(folder, GATEWAYS, random() + random());
      AdminSession session = new AdminSession(api, tls());
      String password = Files.readString(passwordFile());
      session.setUp(setupToken(ingest), NAME, password);
      session.logIn(NAME, password);
      SecretFile.write(folder, KEY, session.key("demo", "admin", KEY_FOR));
    }
    return new Http().with(ApiAccess.key(keyFile(), Map.of()), tls());
  }

  private static String setupToken(ChildProcess ingest) throws IOException {
    Matcher token = SETUP.matcher(Files.readString(ingest.log()));
    if (!token.find()) {
      throw new IOException(
          "ingest has printed no token for the first administrator; see " + ingest.log());
    }
    return token.group();
  }

  private static String random() {
    byte[] bytes = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * Has enrolment tokens made, if there are none yet: one for each gateway, and one for all
   * devices. A gateway whose disk is lost is enrolled again by the same; else once would do.
   */
  void makeTokens(Http http, List<GatewayService> gateways, Network network)
      throws IOException, InterruptedException {
    for (GatewayService gateway : gateways) {
      String id = gateway.id();
      List<String> hosts = List.of(network.gatewayHost(id), network.peerHost(id));
      makeToken(http, id, id, hosts, List.of(api.toString()));
    }
    // As if devices saw nothing but gateways.
    List<String> urls = gateways.stream().map(gateway -> gateway.service().url()).toList();
    makeToken(http, DEVICES, "", List.of(), urls);
  }

  /**
   * Has an enrolment token made, in {@link #tokenFile}, if there is none of this name yet.
   *
   * @param one the gateway that it is for; empty if it is for any device
   * @param hosts what a gateway may have in its certificate
   * @param urls where to ask with it
   */
  private void makeToken(Http http, String name, String one, List<String> hosts, List<String> urls)
      throws IOException, InterruptedException {
    if (Files.exists(tokenFile(name))) {
      return;
    }
    ObjectNode token = json.createObjectNode();
    token.put("role", one.isEmpty() ? "device" : "gateway");
    token.put("uses", TOKEN_USES).put("validFor", TOKEN_FOR);
    urls.forEach(token.putArray("urls")::add);
    if (!one.isEmpty()) {
      token.put("name", one);
      hosts.forEach(token.putArray("hosts")::add);
    }
    Http.Answer answer = http.tryPost(api + "/api/v1/enrolment-tokens", token.toString());
    if (answer.status() != CREATED) {
      throw new IOException("no enrolment token was made: " + answer.body());
    }
    SecretFile.write(
        folder,
        tokenFile(name).getFileName().toString(),
        json.readTree(answer.body()).path("token").asText());
  }
}
