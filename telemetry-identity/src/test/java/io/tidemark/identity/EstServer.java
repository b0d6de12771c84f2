package io.tidemark.identity;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** Signs whatever it is asked for, unless it was told to answer something else. */
public final class EstServer implements AutoCloseable {
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int status, byte[] body) {}

  private final TestAuthority signer;
  private final Identity signed;
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Queue<Answer>> answers = new ConcurrentHashMap<>();
  private volatile List<X509Certificate> authorities;

  /** What it was asked: the path, who asked, and how that was proved. */
  public final Queue<String> asked = new ConcurrentLinkedQueue<>();

  /**
   * @param signed in whose name its certificates are
   */
  public EstServer(TestAuthority authority, Identity signed) throws Exception {
    this(authority, signed, authority);
  }

  /**
   * @param signer who has signed its certificates, if that is not who signs its own
   */
  EstServer(TestAuthority authority, Identity signed, TestAuthority signer) throws Exception {
    this.signer = signer;
    this.signed = signed;
    authorities = List.of(authority.root(), authority.intermediate());
    OwnCredential own =
        new OwnCredential(
            authority.credential(new Identity(Role.INGEST, "ingest"), "localhost", "127.0.0.1"));
    ClientTrust clients =
        ClientTrust.lapsedToo(authority.trust(), Clock.systemUTC(), (identity, shown) -> {});
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(Tls.server(own, clients)) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = getSSLContext().getDefaultSSLParameters();
            tls.setWantClientAuth(true);
            parameters.setSSLParameters(tls);
          }
        });
    server.setExecutor(threads);
    server.createContext(EstClient.PATH, this::handle);
    server.start();
  }

  public URI url() {
    return URI.create("https://localhost:" + server.getAddress().getPort());
  }

  /** The next answers there, before it goes on signing. */
  public void answer(String path, int status, String body) {
    answers
        .computeIfAbsent(path, any -> new ConcurrentLinkedQueue<>())
        .add(new Answer(status, body.getBytes(StandardCharsets.UTF_8)));
  }

  void authorities(List<X509Certificate> others) {
    authorities = others;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath().substring(EstClient.PATH.length());
      String proof = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
      asked.add("%s %s %s".formatted(path, who((HttpsExchange) exchange), proof));
      byte[] request = exchange.getRequestBody().readAllBytes();
      Queue<Answer> told = answers.get(path);
      Answer answer = told == null ? null : told.poll();
      if (answer == null) {
        answer = new Answer(200, pkcs7(path.equals("/cacerts") ? authorities : chain(request)));
      }
      exchange.sendResponseHeaders(answer.status, answer.body.length);
      exchange.getResponseBody().write(answer.body);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static String who(HttpsExchange exchange) {
    try {
      return String.valueOf(
          Identity.of((X509Certificate) exchange.getSSLSession().getPeerCertificates()[0]));
    } catch (SSLPeerUnverifiedException e) {
      return "nobody";
    }
  }

  private List<X509Certificate> chain(byte[] request) throws Exception {
    var read = new JcaPKCS10CertificationRequest(Base64.getMimeDecoder().decode(request));
    Instant now = Instant.now();
    return List.of(
        signer.intermediate(),
        signer.sign(
            new KeyPair(read.getPublicKey(), null),
            signed.uri(),
            List.of(),
            now.minusSeconds(60),
            now.plus(Duration.ofHours(1))));
  }

  static byte[] pkcs7(List<X509Certificate> certificates) throws GeneralSecurityException {
    return Base64.getMimeEncoder()
        .encode(
            CertificateFactory.getInstance("X.509")
                .generateCertPath(certificates)
                .getEncoded("PKCS7"));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
