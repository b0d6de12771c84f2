package io.tidemark.gateway.coap;

import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Credential;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Trust;
import io.tidemark.wire.AccessList;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.californium.core.CoapClient;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.auth.X509CertPath;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.exception.ConnectorException;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.SingleNodeConnectionIdGenerator;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.californium.scandium.dtls.pskstore.AdvancedSinglePskStore;
import org.eclipse.californium.scandium.dtls.x509.StaticNewAdvancedCertificateVerifier;
import org.jspecify.annotations.Nullable;

/** Californium as a client with DTLS. */
public final class DtlsClient implements AutoCloseable {
  private final CoapEndpoint endpoint;
  private final CoapClient client = new CoapClient();
  private @Nullable X509Certificate shown;

  /**
   * Believes whom the authority has signed.
   *
   * @param credential null if it has none
   */
  public DtlsClient(X509Certificate authority, @Nullable Credential credential) throws IOException {
    this(trusting(authority, credential));
  }

  /** Knows a key under a name, and no certificates. */
  public DtlsClient(String name, byte[] key, CipherSuite... suites) throws IOException {
    this(
        builder()
            .setAdvancedPskStore(new AdvancedSinglePskStore(name, key))
            .set(DtlsConfig.DTLS_CIPHER_SUITES, suites.length == 0 ? null : List.of(suites)));
  }

  private static Configuration configuration() {
    return new Configuration(
            SystemConfig.DEFINITIONS, CoapConfig.DEFINITIONS, DtlsConfig.DEFINITIONS)
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, 1 << 20)
        .set(CoapConfig.PREFERRED_BLOCK_SIZE, 1024)
        .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
        .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
        .set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 1);
  }

  private static DtlsConnectorConfig.Builder builder() {
    return DtlsConnectorConfig.builder(configuration())
        .setAddress(new InetSocketAddress("127.0.0.1", 0))
        .setConnectionIdGenerator(new SingleNodeConnectionIdGenerator(0));
  }

  private static DtlsConnectorConfig.Builder trusting(
      X509Certificate authority, @Nullable Credential credential) {
    DtlsConnectorConfig.Builder dtls =
        builder()
            .setAdvancedCertificateVerifier(
                StaticNewAdvancedCertificateVerifier.builder()
                    .setTrustedCertificates(authority)
                    .build());
    if (credential != null) {
      // Whoever the server believes: Californium's own keeps silent if that is nobody it knows.
      dtls.setCertificateIdentityProvider(
          new CoapDtls(
                  new OwnCredential(credential),
                  new Devices(new Trust(List.of(authority)), () -> Bars.NONE, Clock.systemUTC()),
                  new Secrets(() -> Secrets.Known.of(AccessList.EMPTY)))
              .identity());
    }
    return dtls;
  }

  private DtlsClient(DtlsConnectorConfig.Builder dtls) throws IOException {
    endpoint =
        CoapEndpoint.builder()
            .setConfiguration(configuration())
            .setConnector(new DTLSConnector(dtls.build()))
            .build();
    endpoint.start();
    client.setEndpoint(endpoint);
    client.setTimeout(TimeUnit.SECONDS.toMillis(30));
  }

  /** Posts a payload, confirmable, and returns the response. */
  CoapResponse post(String uri, int contentFormat, byte[] payload)
      throws ConnectorException, IOException {
    Request request = Request.newPost();
    request.setURI(uri);
    request.getOptions().setContentFormat(contentFormat);
    request.setPayload(payload);
    return ask(request);
  }

  /** Sends a request and returns the response. */
  public CoapResponse ask(Request request) throws ConnectorException, IOException {
    CoapResponse response = client.advanced(request);
    if (response == null) {
      throw new IOException("no answer");
    }
    if (response.advanced().getSourceContext().getPeerIdentity() instanceof X509CertPath path) {
      shown = path.getTarget();
    }
    return response;
  }

  /** The certificate of who has answered last. */
  @Nullable X509Certificate shown() {
    return shown;
  }

  @Override
  public void close() {
    client.shutdown();
    endpoint.destroy();
  }
}
