package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.wire.Routes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in by which certificate, at a secured ingest that real clients ask. */
@QuarkusTest
@TestProfile(SecuredIngest.Secured.class)
@Timeout(120)
final class PeersApiTest extends AtSecuredIngest {
  @ConfigProperty(name = "quarkus.http.test-port")
  int plainPort;

  @Inject ServerIdentity server;

  @Test
  void onlyOnesOwnCertificateIsRenewed() throws Exception {
    Credential device = ingest.credential(Requests.device("mine"));
    HttpResponse<String> answer = ingest.renew(device, Requests.device("yours"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body())
        .contains("device mine can have its own certificate renewed, not that of device yours");
    answer = ingest.renew(null, Requests.device("mine"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("has to be shown at the handshake");
  }

  @Test
  void whoseTimeIsOverMayDoNothingButRenew() throws Exception {
    Identity identity = Requests.gateway("sleeper");
    Credential lapsed = ingest.issued(Duration.ofDays(80), identity);
    assertThat(lapsed.notAfter()).isBefore(SecuredIngest.NOW.instant().minus(Duration.ofDays(49)));
    double before = ingest.untrusted("expired");
    HttpResponse<String> answer = ingest.heartbeat(lapsed);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("was valid until", "simplereenroll");
    assertThat(ingest.untrusted("expired") - before).isEqualTo(1);
    Credential renewed = ingest.est(lapsed).renew(identity, List.of());
    assertThat(ingest.heartbeat(renewed).statusCode()).isEqualTo(200);
    answer = ingest.renew(ingest.issued(Duration.ofDays(100), identity), identity);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("could be renewed for 60 days after that");
  }

  @Test
  void whoIsNotBelievedIsNotHeard(@TempDir Path temporary) throws Exception {
    CertificateAuthority other = new CertificateAuthority(temporary, SecuredIngest.NOW);
    other.open();
    Identity identity = Requests.gateway("stranger");
    double before = ingest.untrusted("unknown_authority");
    assertThatThrownBy(
            () ->
                ingest.heartbeat(
                    Requests.issued(temporary, SecuredIngest.NOW, Duration.ZERO, identity)))
        .isInstanceOf(IOException.class);
    assertThat(ingest.untrusted("unknown_authority") - before).isPositive();
    before = ingest.untrusted("not_yet_valid");
    Credential early = ingest.issued(Duration.ofDays(-2), identity);
    assertThatThrownBy(() -> ingest.heartbeat(early)).isInstanceOf(IOException.class);
    assertThat(ingest.untrusted("not_yet_valid") - before).isPositive();
  }

  @Test
  void onlyGatewaysDeliver() throws Exception {
    double nobody = ingest.untrusted("no_certificate");
    double others = ingest.untrusted("wrong_role");
    HttpResponse<String> answer = ingest.heartbeat(null);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).contains("this is for gateways, which show their certificate");
    answer = ingest.heartbeat(ingest.credential(Requests.device("d")));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("this is for gateways, not for device d");
    assertThat(
            ingest
                .post(null, Routes.REPORT_PATH + ";a=b", Routes.REPORT_CONTENT_TYPE, new byte[1])
                .statusCode())
        .isEqualTo(401);
    assertThat(ingest.untrusted("no_certificate") - nobody).isEqualTo(2);
    assertThat(ingest.untrusted("wrong_role") - others).isEqualTo(1);
    Credential gateway = ingest.credential(Requests.gateway("g1"));
    assertThat(ingest.heartbeat(gateway).statusCode()).isEqualTo(200);
    assertThat(
            ingest
                .post(gateway, Routes.REPORT_PATH, Routes.REPORT_CONTENT_TYPE, new byte[1])
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void aGatewayNamesWhoIsBehindIt() throws Exception {
    Credential gateway = ingest.credential(Requests.gateway("g1"));
    Identity identity = Requests.device("behind");
    String lapsed = header(ingest.issued(Duration.ofDays(40), identity).certificate());
    assertThat(ingest.renew(gateway, identity, "Client-Cert", lapsed).statusCode()).isEqualTo(200);
    Credential device = ingest.credential(Requests.device("other"));
    refused("only from a gateway: this is for gateways, not", device, identity, lapsed);
    refused("only from a gateway: this is for gateways, which", null, identity, lapsed);
    Credential lapsedGateway = ingest.issued(Duration.ofDays(40), Requests.gateway("g1"));
    refused("only from a gateway: the certificate of", lapsedGateway, identity, lapsed);
    String other = header(ingest.credential(Requests.gateway("g2")).certificate());
    refused("devices are renewed, and not gateway g2", gateway, Requests.gateway("g2"), other);
    String own = header(gateway.certificate());
    refused("devices are renewed, and not gateway g1", gateway, Requests.gateway("g1"), own);
    HttpResponse<String> passed =
        ingest.renew(
            gateway, Requests.gateway("g1"), "Via", "1.1 gateway"); // somebody's who has none
    assertThat(passed.statusCode()).isEqualTo(403);
    assertThat(passed.body()).contains("has to be shown at the handshake");
    refused("must be one certificate in DER", gateway, identity, "nothing");
    refused("must be one certificate in DER", gateway, identity, ":AAAA:");
    refused("must be one certificate in DER", gateway, identity, ":A");
    refused("is for something else", gateway, identity, header(server.own().now().certificate()));
    refused("an authority's own certificate", gateway, identity, header(authority.root()));
    String early = header(ingest.issued(Duration.ofDays(-2), identity).certificate());
    refused("is a clock wrong?", gateway, identity, early);
  }

  private void refused(String words, @Nullable Credential own, Identity identity, String clientCert)
      throws Exception {
    HttpResponse<String> answer = ingest.renew(own, identity, "Client-Cert", clientCert);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains(words);
  }

  static String header(X509Certificate certificate) throws Exception {
    return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
  }

  @Test
  void thereIsNothingButTlsOfToday() throws Exception {
    assertThatThrownBy(() -> new Socket("localhost", plainPort))
        .isInstanceOf(ConnectException.class);
    var sockets = io.tidemark.identity.Tls.client(ingest.servers(), null).getSocketFactory();
    try (SSLSocket socket = (SSLSocket) sockets.createSocket("localhost", root.getPort())) {
      assertThat(Arrays.asList(socket.getSupportedProtocols())).contains("TLSv1.1");
      socket.setEnabledProtocols(new String[] {"TLSv1.1"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
    try (SSLSocket socket = (SSLSocket) sockets.createSocket("localhost", root.getPort())) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
    }
  }

  @Test
  void ingestsOwnCertificateIsRenewedWithoutARestart() throws Exception {
    OwnCredential own = server.own();
    KeyPair keys = Certificates.keys();
    own.replace(
        new Credential(
            keys.getPrivate(),
            authority.issue(
                own.now().identity(), keys.getPublic(), List.of("localhost"), Duration.ofDays(1))));
    try (SSLSocket socket =
        (SSLSocket)
            io.tidemark.identity.Tls.client(ingest.servers(), null)
                .getSocketFactory()
                .createSocket("localhost", root.getPort())) {
      socket.startHandshake();
      assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(own.now().certificate());
    }
  }
}
