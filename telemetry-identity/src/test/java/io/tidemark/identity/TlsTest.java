package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.identity.UntrustedException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real handshakes on this machine. */
class TlsTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Identity GATEWAY = new Identity(Role.GATEWAY, "g1");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "d1");

  private final OwnCredential own =
      new OwnCredential(OURS.credential(GATEWAY, "localhost", "127.0.0.1"));
  private final Queue<Reason> refused = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private final AtomicInteger checked = new AtomicInteger();
  private volatile boolean shut;
  private SSLServerSocket listener;

  /** Who comes is shown to be seen, and each of its bytes is sent back. */
  @BeforeEach
  void listen() throws Exception {
    ClientTrust.Door door =
        new ClientTrust.Door() {
          @Override
          public void check(Identity identity, X509Certificate certificate)
              throws UntrustedException {
            checked.incrementAndGet();
            if (shut) {
              throw new UntrustedException(Reason.SHUT_OUT, identity + " is shut out");
            }
          }

          @Override
          public void refused(UntrustedException why) {
            refused.add(why.reason());
          }
        };
    listener =
        (SSLServerSocket)
            Tls.server(own, ClientTrust.of(OURS.trust(), Clock.systemUTC(), door))
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listener.setEnabledProtocols(Tls.versions());
    listener.setNeedClientAuth(true);
    Thread thread = new Thread(this::accept, "listener");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (true) {
      try {
        SSLSocket socket = (SSLSocket) listener.accept();
        Thread thread = new Thread(() -> serve(socket), "server");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return; // it is closed
      }
    }
  }

  private void serve(SSLSocket socket) {
    try (socket) {
      socket.startHandshake();
      seen.add(
          String.valueOf(
              Identity.of((X509Certificate) socket.getSession().getPeerCertificates()[0])));
      for (int next = socket.getInputStream().read();
          next >= 0;
          next = socket.getInputStream().read()) {
        socket.getOutputStream().write(next);
      }
    } catch (IOException e) {
      seen.add("nobody");
    }
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
  }

  private SSLSocket connect(TestAuthority believed, @Nullable Credential credential, String host)
      throws Exception {
    SSLSocket socket =
        (SSLSocket)
            Tls.client(
                    new ServerTrust(believed.trust(), certificate -> Instant.now()),
                    credential == null ? null : new OwnCredential(credential))
                .getSocketFactory()
                .createSocket(host, listener.getLocalPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** With TLS 1.3 a server's no comes after the client's handshake. */
  private static void exchange(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(7);
    assertThat(socket.getInputStream().read()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1"})
  void bothKnowWhoTheOtherIs(String host) throws Exception {
    try (SSLSocket socket = connect(OURS, OURS.credential(DEVICE), host)) {
      exchange(socket);
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(Identity.of((X509Certificate) socket.getSession().getPeerCertificates()[0]))
          .isEqualTo(GATEWAY);
      assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("device d1");
    }
    assertThat(refused).isEmpty();
  }

  @Test
  void anotherHostsCertificateIsNotBelieved() throws Exception {
    own.replace(OURS.credential(GATEWAY, "other.example", "10.0.0.1"));
    for (String host : new String[] {"localhost", "127.0.0.1"}) {
      try (SSLSocket socket = connect(OURS, OURS.credential(DEVICE), host)) {
        assertThatThrownBy(socket::startHandshake)
            .hasMessageContaining("is another host's")
            .hasMessageContaining(host);
      }
    }
  }

  @Test
  void aServerOfAnotherAuthorityIsNotBelieved() throws Exception {
    try (SSLSocket socket = connect(OTHERS, OTHERS.credential(DEVICE), "localhost")) {
      assertThatThrownBy(socket::startHandshake)
          .hasMessageContaining("signed by no authority of ours");
    }
  }

  @Test
  void aDeviceIsNoServer() throws Exception {
    own.replace(OURS.credential(DEVICE, "localhost"));
    try (SSLSocket socket = connect(OURS, OURS.credential(DEVICE), "localhost")) {
      assertThatThrownBy(socket::startHandshake).hasMessageContaining("is for something else");
    }
  }

  @Test
  void aClientThatIsNotBelievedIsCounted() throws Exception {
    try (SSLSocket socket = connect(OURS, OTHERS.credential(DEVICE), "localhost")) {
      assertThatThrownBy(() -> exchange(socket)).isInstanceOf(IOException.class);
    }
    assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("nobody");
    shut = true;
    try (SSLSocket socket = connect(OURS, OURS.credential(DEVICE), "localhost")) {
      assertThatThrownBy(() -> exchange(socket)).isInstanceOf(IOException.class);
    }
    assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("nobody");
    assertThat(refused).containsExactly(Reason.UNKNOWN_AUTHORITY, Reason.SHUT_OUT);
  }

  @Test
  void aRenewedKeyIsUsedByTheNextHandshakeAndBreaksNoConnection() throws Exception {
    Credential before = own.now();
    try (SSLSocket first = connect(OURS, OURS.credential(DEVICE), "localhost")) {
      exchange(first);
      own.replace(OURS.credential(GATEWAY, "localhost"));
      exchange(first);
      try (SSLSocket second = connect(OURS, OURS.credential(DEVICE), "localhost")) {
        exchange(second);
        assertThat(second.getSession().getPeerCertificates()[0])
            .isEqualTo(own.now().certificate())
            .isNotEqualTo(before.certificate());
      }
    }
  }

  @Test
  void whoComesAgainProvesAgainWhoItIs() throws Exception {
    OwnCredential device = new OwnCredential(OURS.credential(DEVICE));
    SSLContext client =
        Tls.client(new ServerTrust(OURS.trust(), certificate -> Instant.now()), device);
    for (String version : Tls.versions()) {
      checked.set(0);
      for (int i = 0; i < 2; i++) {
        try (SSLSocket socket =
            (SSLSocket)
                client.getSocketFactory().createSocket("localhost", listener.getLocalPort())) {
          socket.setEnabledProtocols(new String[] {version});
          exchange(socket);
        }
        try (SSLSocket other = connect(OURS, OURS.credential(DEVICE), "localhost")) {
          exchange(other);
        }
      }
      assertThat(checked).as(version).hasValue(4);
    }
  }

  @Test
  void aHandshakeThatHasBegunEndsWithTheKeyItBeganWith() {
    Credential before = own.now();
    String alias = own.chooseEngineServerAlias("EC", null, null);
    own.replace(OURS.credential(GATEWAY, "localhost"));
    assertThat(own.getPrivateKey(alias)).isEqualTo(before.key());
    assertThat(own.getCertificateChain(alias)[0]).isEqualTo(before.certificate());
    assertThat(own.chooseEngineServerAlias("RSA", null, null)).isNull();
    assertThat(own.getPrivateKey("0")).isNull();
  }

  @Test
  void oldVersionsAreNotSpoken() throws Exception {
    assertThat(Tls.versions()).containsExactly("TLSv1.3", "TLSv1.2");
    for (String version : new String[] {"TLSv1.1", "TLSv1.2"}) {
      try (SSLSocket socket = connect(OURS, OURS.credential(DEVICE), "localhost")) {
        socket.setEnabledProtocols(new String[] {version});
        if (version.equals("TLSv1.2")) {
          exchange(socket);
        } else {
          assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
      }
    }
  }
}
