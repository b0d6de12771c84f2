package io.tidemark.agent.doctor;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.identity.DeviceIdentity;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Looks at the way to each gateway, and at what proves there who this device is. */
public final class Way {
  private static final int TIMEOUT_MILLIS = 5_000;

  private final AgentConfig config;
  private final Instant now;
  private final List<Finding> findings = new ArrayList<>();

  private Way(AgentConfig config, Instant now) {
    this.config = config;
    this.now = now;
  }

  /**
   * Looks at all of them, each for at most five seconds a step.
   *
   * @param now what the clock says
   */
  public static List<Finding> look(AgentConfig config, Instant now) {
    Way way = new Way(config, now);
    DeviceIdentity identity = way.identity();
    config.gateways().forEach(gateway -> way.gateway(gateway, identity));
    return way.findings;
  }

  private @Nullable DeviceIdentity identity() {
    if (!config.isEncrypted()) {
      findings.add(
          Finding.doubtful(
              "certificate",
              "no gateway asks for one, as none is spoken to over TLS",
              "write ssl://HOST or coaps://HOST below gateways:"));
      return null;
    }
    try {
      DeviceIdentity identity =
          config.passwordFile() == null
              ? DeviceIdentity.open(config.device(), config.identityDir())
              : DeviceIdentity.withPassword(config.passwordFile(), config.identityDir());
      OwnCredential own = identity.own();
      findings.add(
          own == null
              ? Finding.good("certificate", "none: a password proves who this is")
              : certificate(own.now()));
      return identity;
    } catch (IdentityException e) {
      findings.add(
          Finding.bad(
              "certificate",
              String.valueOf(e.getMessage()),
              "sudo tidemark-agent enroll --token-file - < FILE"));
      return null;
    }
  }

  private Finding certificate(Credential credential) {
    if (now.isBefore(credential.notBefore())) {
      return Finding.doubtful(
          "certificate",
          "it begins at %s, and the clock says %s".formatted(credential.notBefore(), now),
          "see to the clock: sudo timedatectl set-ntp true");
    }
    if (now.isAfter(credential.notAfter())) {
      return Finding.bad(
          "certificate",
          "it ended at " + credential.notAfter(),
          "the running agent renews it once it reaches a gateway or ingest; if that is refused: sudo tidemark-agent enroll --again --token-file - < FILE");
    }
    Duration left = Duration.between(now, credential.notAfter());
    Duration whole = Duration.between(credential.notBefore(), credential.notAfter());
    String says = "of %s, until %s".formatted(credential.identity(), credential.notAfter());
    return left.multipliedBy(4).compareTo(whole) < 0
        ? Finding.doubtful(
            "certificate",
            says + ", and should have been renewed",
            "see why not: sudo journalctl -u tidemark-agent | grep -i certificate")
        : Finding.good("certificate", says);
  }

  private void gateway(URI gateway, @Nullable DeviceIdentity identity) {
    String subject = gateway.toString();
    InetAddress address;
    try {
      address = InetAddress.getByName(gateway.getHost());
    } catch (UnknownHostException e) {
      findings.add(
          Finding.bad(
              subject,
              "no address is known for " + gateway.getHost(),
              "check the name below gateways:, and the network: resolvectl query "
                  + gateway.getHost()));
      return;
    }
    if (gateway.getScheme().startsWith("coap")) {
      findings.add(
          Finding.good(
              subject,
              "its address is %s; over UDP only the running agent knows whether it answers: tidemark-agent status"
                  .formatted(address.getHostAddress())));
      return;
    }
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(address, gateway.getPort()), TIMEOUT_MILLIS);
      plain.setSoTimeout(TIMEOUT_MILLIS);
      if (gateway.getScheme().equals("tcp")) {
        findings.add(
            Finding.doubtful(
                subject, "takes connections, without encryption", "write ssl:// once it has TLS"));
      } else if (identity != null) {
        findings.add(handshake(subject, gateway, identity, plain));
      }
    } catch (IOException e) {
      findings.add(
          Finding.bad(
              subject,
              "%s does not take connections at port %d: %s"
                  .formatted(address.getHostAddress(), gateway.getPort(), e.getMessage()),
              "check that the gateway runs, its port, and firewalls between here and there"));
    }
  }

  private Finding handshake(String subject, URI gateway, DeviceIdentity identity, Socket plain) {
    try (SSLSocket tls =
        (SSLSocket)
            identity
                .tls()
                .getSocketFactory()
                .createSocket(plain, gateway.getHost(), gateway.getPort(), true)) {
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      Identity whose = Identity.of((X509Certificate) tls.getSession().getPeerCertificates()[0]);
      return Finding.good(
          subject,
          "is %s, over %s"
              .formatted(
                  whose == null ? "somebody without a name" : whose,
                  tls.getSession().getProtocol()));
    } catch (SSLException e) {
      return Finding.bad(
          subject,
          "is there, and TLS with it fails: " + e.getMessage(),
          "check that it is a gateway of the installation that this device is enrolled in, and that its certificate names "
              + gateway.getHost());
    } catch (IOException e) {
      return Finding.bad(
          subject,
          "is there, and ends the handshake: " + e.getMessage(),
          "look whether this device is shut out, or its certificate is superseded: tidemark device list");
    }
  }
}
