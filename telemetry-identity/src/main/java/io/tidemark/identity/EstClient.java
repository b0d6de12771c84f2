package io.tidemark.identity;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Gets certificates from ingest, itself or through a gateway: Enrollment over Secure Transport (RFC
 * 7030, with what RFC 8951 made clear of it). Blocks; a key is made for each certificate. For one
 * thread at a time.
 */
public final class EstClient {
  /** Where everything is asked for, after a server's address. */
  public static final String PATH = "/.well-known/est";

  private static final String CURVE = "secp256r1"; // every TLS and DTLS has it
  private static final int ANSWER_MAX_BYTES = 1 << 16;
  private static final int SAID_MAX_LENGTH = 500;

  private final URI base;
  private final Duration timeout;
  private final SSLContext tls;

  private EstClient(URI base, Duration timeout, SSLContext tls) {
    this.base = base;
    this.timeout = timeout;
    this.tls = tls;
  }

  /**
   * Asks there.
   *
   * @param own what it proves with who it is; null if it cannot yet
   */
  public static EstClient of(
      URI base, Duration timeout, ServerTrust servers, @Nullable OwnCredential own)
      throws GeneralSecurityException {
    return new EstClient(base, timeout, Tls.client(servers, own));
  }

  /**
   * Meets an authority for the first time (RFC 7030, section 4.1.1): whoever answers may be
   * anybody, but nobody else can have a certificate with that fingerprint. Nothing secret is sent.
   *
   * @return the authorities: the known one, and others that it says are, too
   * @throws IOException if that one is not among them, or nobody answers
   */
  public static List<X509Certificate> meet(URI base, Duration timeout, byte[] fingerprint)
      throws IOException, GeneralSecurityException {
    SSLContext anybody = SSLContext.getInstance("TLS");
    anybody.init(null, new TrustManager[] {new Anybody()}, null);
    EstClient client = new EstClient(base, timeout, anybody);
    List<X509Certificate> authorities = roots(client.certificates(client.open("/cacerts", true)));
    for (X509Certificate authority : authorities) {
      if (MessageDigest.isEqual(fingerprint(authority), fingerprint)) {
        return List.of(authority);
      }
    }
    throw new IOException(
        "%s is not whom the enrolment token is for: it has another authority. Is somebody in between, or is the token of another installation?"
            .formatted(base));
  }

  /** By what an authority is known. */
  public static byte[] fingerprint(X509Certificate authority) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(authority.getEncoded());
  }

  /**
   * The authorities there are (RFC 7030, section 4.1), those of which others are signed left out.
   */
  public List<X509Certificate> authorities() throws IOException, GeneralSecurityException {
    return roots(certificates(open("/cacerts", false)));
  }

  /**
   * Gets a first certificate (RFC 7030, section 4.2.1).
   *
   * @param secret of the enrolment token
   * @param hosts under which it is reached; of a device none
   */
  public Credential enrol(String secret, Identity identity, Collection<String> hosts)
      throws IOException, GeneralSecurityException {
    HttpsURLConnection connection = open("/simpleenroll", false);
    String proof = "token:" + secret;
    connection.setRequestProperty(
        "Authorization",
        "Basic " + Base64.getEncoder().encodeToString(proof.getBytes(StandardCharsets.US_ASCII)));
    return credential(connection, identity, hosts);
  }

  /**
   * Gets another certificate for who one is already (RFC 7030, section 4.2.2).
   *
   * @param hosts as before
   */
  public Credential renew(Identity identity, Collection<String> hosts)
      throws IOException, GeneralSecurityException {
    return credential(open("/simplereenroll", false), identity, hosts);
  }

  private Credential credential(
      HttpsURLConnection connection, Identity identity, Collection<String> hosts)
      throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(CURVE));
    KeyPair keys = generator.generateKeyPair();
    byte[] request = Base64.getMimeEncoder().encode(CertificateRequest.of(keys, identity, hosts));
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/pkcs10");
    connection.setRequestProperty("Content-Transfer-Encoding", "base64");
    connection.setFixedLengthStreamingMode(request.length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(request);
    }
    return chained(keys, identity, certificates(connection));
  }

  /** The answer has the certificate, and here also who signed it. */
  private static Credential chained(
      KeyPair keys, Identity identity, List<X509Certificate> certificates) throws IOException {
    List<X509Certificate> chain =
        certificates.stream().filter(certificate -> !isRoot(certificate)).toList();
    try {
      Credential made = new Credential(keys.getPrivate(), ordered(keys, chain));
      if (made.identity().equals(identity)) {
        return made;
      }
      throw new IOException(
          "a certificate was asked for %s, and made for %s".formatted(identity, made.identity()));
    } catch (IllegalArgumentException e) {
      throw new IOException("what came is no certificate for this: " + e.getMessage(), e);
    }
  }

  /** Sets of certificates have no order (RFC 2315): the own one first, the rest as it came. */
  private static List<X509Certificate> ordered(KeyPair keys, List<X509Certificate> certificates) {
    List<X509Certificate> chain = new ArrayList<>();
    certificates.stream()
        .filter(certificate -> certificate.getPublicKey().equals(keys.getPublic()))
        .forEach(chain::add);
    certificates.stream()
        .filter(certificate -> !certificate.getPublicKey().equals(keys.getPublic()))
        .forEach(chain::add);
    return chain;
  }

  private HttpsURLConnection open(String path, boolean anyHost) throws IOException {
    HttpsURLConnection connection =
        (HttpsURLConnection) base.resolve(PATH + path).toURL().openConnection();
    connection.setSSLSocketFactory(tls.getSocketFactory());
    if (anyHost) {
      connection.setHostnameVerifier((host, session) -> true);
    }
    connection.setConnectTimeout((int) timeout.toMillis());
    connection.setReadTimeout((int) timeout.toMillis());
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setRequestProperty("Connection", "close"); // the next has other keys
    return connection;
  }

  private List<X509Certificate> certificates(HttpsURLConnection connection)
      throws IOException, GeneralSecurityException {
    try {
      int status = connection.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new EstException(
            status, "%s answers %d: %s".formatted(base, status, said(connection)));
      }
      byte[] answer = read(connection.getInputStream(), ANSWER_MAX_BYTES);
      List<X509Certificate> certificates = new ArrayList<>();
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(Base64.getMimeDecoder().decode(answer)))) {
        certificates.add((X509Certificate) certificate);
      }
      return certificates;
    } catch (IllegalArgumentException e) {
      throw new IOException(base + " answers with something that is not in Base64", e);
    } finally {
      connection.disconnect();
    }
  }

  private static String said(HttpsURLConnection connection) throws IOException {
    try (InputStream errors = connection.getErrorStream()) {
      if (errors == null) {
        return "nothing";
      }
      String text = new String(errors.readNBytes(SAID_MAX_LENGTH), StandardCharsets.UTF_8);
      return text.isBlank() ? "nothing" : text.strip().replaceAll("\\p{Cntrl}", " ");
    }
  }

  private static byte[] read(InputStream in, int maxBytes) throws IOException {
    try (in) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new IOException("the answer has more than %d bytes".formatted(maxBytes));
      }
      return bytes;
    }
  }

  private static List<X509Certificate> roots(List<X509Certificate> certificates) {
    return certificates.stream().filter(EstClient::isRoot).toList();
  }

  private static boolean isRoot(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }
}
