package io.tidemark.ingest.identity;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.identity.EstClient;
import io.tidemark.ingest.identity.EnrolmentException.Reason;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DLSequence;
import org.bouncycastle.asn1.DLSet;
import org.bouncycastle.asn1.DLTaggedObject;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Certificate;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Enrollment over Secure Transport (RFC 7030, with what RFC 8951 made clear of it). */
@Singleton
@Blocking
@Path(EstClient.PATH)
@PermitAll // tokens and certificates say who may have what
@Tag(name = "enrolment", description = "For devices and gateways: certificates")
public class EstResource {
  private static final String REQUEST = "application/pkcs10";
  private static final String CERTIFICATES = "application/pkcs7-mime";

  /** Lines as command-line tools read them. */
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private static final String BASIC = "Basic ";
  private static final String USER = "token:";

  private final CertificateAuthority authority;
  private final Enrolment enrolment;
  private final Peers peers;
  private final IdentityMeters meters;

  @Inject
  EstResource(
      CertificateAuthority authority, Enrolment enrolment, Peers peers, IdentityMeters meters) {
    this.authority = authority;
    this.enrolment = enrolment;
    this.peers = peers;
    this.meters = meters;
  }

  @GET
  @Path("cacerts")
  @Operation(
      summary = "The authority's certificates",
      description = "PKCS#7, certificates only, in Base64: the root, and who signs for it.")
  @APIResponse(responseCode = "200", description = "They are these")
  @APIResponse(responseCode = "404", description = "Security is off, so there are none")
  public Response authorities() {
    requireOn();
    return answer(authority.certificates(), CERTIFICATES);
  }

  @POST
  @Path("simpleenroll")
  @Consumes(REQUEST)
  @Operation(
      summary = "Get a first certificate",
      description =
          "PKCS#10 in Base64, with a URI urn:tidemark:device:NAME or urn:tidemark:gateway:NAME among its subject alternative names. HTTP Basic: user token, password the secret of an enrolment token.")
  @APIResponse(responseCode = "200", description = "The certificate, and who has signed it")
  @APIResponse(responseCode = "403", description = "The token does not allow it; why, in words")
  @APIResponse(
      responseCode = "409",
      description = "There is a certificate of this name; only a token for this name gets another")
  public Response enrol(
      @Parameter(hidden = true) @HeaderParam("Authorization") @Nullable String authorization,
      InputStream body)
      throws IOException, SqlUnavailableException {
    requireOn();
    try {
      List<X509Certificate> chain = enrolment.enrol(secret(authorization), read(body));
      meters.enrolled();
      return answer(chain, CERTIFICATES + "; smime-type=certs-only");
    } catch (EnrolmentException e) {
      return refused(e);
    }
  }

  @POST
  @Path("simplereenroll")
  @Consumes(REQUEST)
  @Operation(
      summary = "Have a certificate renewed",
      description =
          "PKCS#10 in Base64, for the name in the client's certificate, and no other hosts. That may have ended up to tidemark.identity.grace ago.")
  @APIResponse(responseCode = "200", description = "The certificate, and who has signed it")
  @APIResponse(responseCode = "403", description = "It is not renewed; why, in words")
  public Response renew(
      @Parameter(description = "From gateways: whose certificate it is, as RFC 9440 has it")
          @HeaderParam("Client-Cert")
          @Nullable String clientCert,
      @Context HttpServerRequest request,
      InputStream body)
      throws IOException, SqlUnavailableException {
    requireOn();
    try {
      List<X509Certificate> chain =
          enrolment.renew(peers.renewing(request, clientCert), read(body));
      meters.renewed();
      return answer(chain, CERTIFICATES + "; smime-type=certs-only");
    } catch (EnrolmentException e) {
      return refused(e);
    }
  }

  private void requireOn() {
    if (!authority.isOpen()) {
      throw new NotFoundException("there are no certificates here: tidemark.security is off");
    }
  }

  private static String secret(@Nullable String authorization) throws EnrolmentException {
    try {
      if (authorization != null && authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
        byte[] decoded =
            Base64.getDecoder().decode(authorization.substring(BASIC.length()).strip());
        String proof = new String(decoded, StandardCharsets.UTF_8);
        if (proof.startsWith(USER)) {
          return proof.substring(USER.length());
        }
      }
    } catch (IllegalArgumentException e) {
      throw new EnrolmentException(Reason.NO_TOKEN, noToken(), e);
    }
    throw new EnrolmentException(Reason.NO_TOKEN, noToken());
  }

  private static String noToken() {
    return "a first certificate needs an enrolment token: HTTP Basic, user token, password its secret";
  }

  private static byte[] read(InputStream body) throws IOException {
    return body.readNBytes(CertificateAsked.REQUEST_MAX_BYTES + 1); // one too many is refused
  }

  private static Response answer(List<X509Certificate> certificates, String type) {
    try {
      return Response.ok(LINES.encodeToString(certificatesOnly(certificates)) + "\n")
          .header("Content-Type", type)
          .header("Content-Transfer-Encoding", "base64")
          .build();
    } catch (CertificateEncodingException | IOException e) {
      throw new IllegalStateException("certificates without their bytes", e);
    }
  }

  /**
   * SignedData with certificates and nothing else (RFC 5652, section 5.1; RFC 5272, section 4.1),
   * in their order: sorted by their bytes, as the JDK has them, or a DER set, who has no better
   * tool takes the wrong one for its own. With definite lengths, as small devices read no others.
   */
  private static byte[] certificatesOnly(List<X509Certificate> certificates)
      throws CertificateEncodingException, IOException {
    ASN1EncodableVector set = new ASN1EncodableVector();
    for (X509Certificate certificate : certificates) {
      set.add(Certificate.getInstance(certificate.getEncoded()));
    }
    DLSequence signed =
        new DLSequence(
            new ASN1Encodable[] {
              new ASN1Integer(1),
              new DLSet(),
              new DLSequence(CMSObjectIdentifiers.data),
              new DLTaggedObject(false, 0, new DLSet(set)),
              new DLSet()
            });
    return new DLSequence(
            new ASN1Encodable[] {
              CMSObjectIdentifiers.signedData, new DLTaggedObject(true, 0, signed)
            })
        .getEncoded(ASN1Encoding.DL);
  }

  private Response refused(EnrolmentException e) {
    meters.refused(e.reason());
    Response.ResponseBuilder answer =
        Response.status(e.status()).type("text/plain; charset=utf-8").entity(e.getMessage() + "\n");
    if (e.reason() == Reason.NO_TOKEN) {
      answer.header("WWW-Authenticate", "Basic realm=\"enrolment token\"");
    }
    return answer.build();
  }
}
