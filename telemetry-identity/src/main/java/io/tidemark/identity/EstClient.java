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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
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

  /** Who may have signed a certificate; null if nobody is believed yet. */
  private final @Nullable Trust trust;

  private EstClient(URI base, Duration timeout, SSLContext tls, @Nullable Trust trust) {
    this.base = base;
    this.timeout = timeout;
    this.tls = tls;
    this.trust = trust;
  }

  /**
   * Asks there.
   *
   * @param own what it proves with who it is; null if it cannot yet
   */
  public static EstClient of(
      URI base, Duration timeout, ServerTrust servers, @Nullable OwnCredential own)
      throws GeneralSecurityException {
    return new EstClient(base, timeout, Tls.client(servers, own), servers.trust());
  }

  /**
   * Meets an authority for the first time (RFC 7030, section 4.1.1): whoever answers may be
   * anybody, but nobody else can have a certificate with that fingerprint. Nothing secret is sent.
   *
   * @return the authorities: the known one first, and those that follow from it
   * @throws SSLPeerUnverifiedException if that one is not among them
   * @throws IOException if nobody answers
   */
  public static List<X509Certificate> meet(URI base, Duration timeout, byte[] fingerprint)
      throws IOException, GeneralSecurityException {
    SSLContext anybody = SSLContext.getInstance("TLS");
    anybody.init(null, new TrustManager[] {new Anybody()}, null);
    EstClient client = new EstClient(base, timeout, anybody, null);
    List<X509Certificate> offered = client.certificates(client.open("/cacerts", true));
    for (X509Certificate one : offered) {
      if (Succession.isAuthority(one) && MessageDigest.isEqual(fingerprint(one), fingerprint)) {
        Set<X509Certificate> authorities = new LinkedHashSet<>(Set.of(one));
        authorities.addAll(Succession.believed(authorities, offered));
        return List.copyOf(authorities);
      }
    }
    throw new SSLPeerUnverifiedException(
        "%s is not whom the enrolment token is for: it has another authority. Is somebody in between, or is the token of another installation?"
            .formatted(base));
  }

  /** By what an authority is known. */
  public static byte[] fingerprint(X509Certificate authority) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(authority.getEncoded());
  }

  /**
   * The authorities there are (RFC 7030, section 4.1): of those that are known already the ones
   * that still are, and those that follow from a known one. Others are left out: whoever answers
   * may have been let in to pass on what devices send, and not to say whom they are to believe.
   */
  public List<X509Certificate> authorities(Collection<X509Certificate> known)
      throws IOException, GeneralSecurityException {
    return Succession.believed(known, certificates(open("/cacerts", false)));
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
    Credential made = chained(keys, identity, certificates(connection));
    if (trust != null) {
      // What nobody would believe must not take the place of what is: gateways only pass it on.
      Identity unused = trust.verify(made.chain(), Trust.FOR_CLIENTS, made.notBefore());
    }
    return made;
  }

  /** The answer has the certificate, and here also who signed it. */
  private static Credential chained(
      KeyPair keys, Identity identity, List<X509Certificate> certificates) throws IOException {
    List<X509Certificate> chain =
        certificates.stream().filter(certificate -> !Succession.isAuthority(certificate)).toList();
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

  /** Sets of certificates have no order (RFC 2315): the own one, who signed it, who signed that. */
  private static List<X509Certificate> ordered(KeyPair keys, List<X509Certificate> certificates) {
    List<X509Certificate> left = new ArrayList<>(certificates);
    List<X509Certificate> chain = new ArrayList<>();
    Predicate<X509Certificate> isNext = one -> one.getPublicKey().equals(keys.getPublic());
    for (int i = left.size(); i > 0; i--) {
      Optional<X509Certificate> found = left.stream().filter(isNext).findFirst();
      if (found.isEmpty()) {
        break;
      }
      chain.add(found.get());
      left.remove(found.get());
      isNext = one -> Succession.isNamed(found.get(), one);
    }
    return chain.isEmpty() ? certificates : chain; // the first is then told not to be its own
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
}
