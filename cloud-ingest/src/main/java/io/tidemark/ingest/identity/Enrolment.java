package io.tidemark.ingest.identity;

import io.tidemark.identity.Hosts;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.identity.EnrolmentException.Reason;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The rules by which certificates are given. Thread-safe. */
public final class Enrolment {
  private static final Logger LOG = Logger.getLogger(Enrolment.class);
  private static final int DNS = 2;
  private static final int IP = 7;

  private final CertificateAuthority authority;
  private final Sql sql;
  private final Audit audit;
  private final Registry registry;
  private final AccessLists lists;
  private final Terms terms;
  private final Clock clock;

  /**
   * How long certificates are valid.
   *
   * @param grace for how long after its end one may still be renewed
   */
  public record Terms(Duration device, Duration gateway, Duration grace) {
    private static final Duration MIN = Duration.ofSeconds(10);

    /**
     * Checks them.
     *
     * @throws IllegalArgumentException if one of them cannot be
     */
    public Terms {
      if (device.compareTo(MIN) < 0 || gateway.compareTo(MIN) < 0) {
        throw new IllegalArgumentException(
            "tidemark.identity.device-validity and .gateway-validity must be 10s or longer, but are %s and %s"
                .formatted(device, gateway));
      }
      if (grace.isNegative()) {
        throw new IllegalArgumentException(
            "tidemark.identity.grace must not be negative, but is " + grace);
      }
    }

    Duration of(Role role) {
      return role == Role.DEVICE ? device : gateway;
    }
  }

  /**
   * Gives by these terms.
   *
   * @param registry where devices get the site and labels of their token
   * @param lists read anew when somebody is enrolled
   */
  public Enrolment(
      CertificateAuthority authority,
      Sql sql,
      Audit audit,
      Registry registry,
      AccessLists lists,
      Terms terms,
      Clock clock) {
    this.authority = authority;
    this.sql = sql;
    this.audit = audit;
    this.registry = registry;
    this.lists = lists;
    this.terms = terms;
    this.clock = clock;
  }

  /** What came of a request in a transaction, which has written something or refuses. */
  private record Outcome(@Nullable EnrolmentException refusal, List<X509Certificate> chain) {}

  /**
   * A first certificate.
   *
   * @param secret of a token, as it is shown
   * @param request PKCS#10 in Base64
   * @return the certificate, and who has signed it
   */
  public List<X509Certificate> enrol(String secret, byte[] request)
      throws EnrolmentException, SqlUnavailableException {
    CertificateAsked asked = CertificateAsked.parse(request);
    List<X509Certificate> chain = made(sql.write(connection -> enrol(connection, secret, asked)));
    refreshLists();
    return chain;
  }

  /** The certificate is given, whatever comes of this: gateways ask again in a second. */
  private void refreshLists() {
    try {
      lists.refresh();
    } catch (SqlUnavailableException e) {
      LOG.warn("the list of who is shut out cannot be read now: " + e.getMessage());
    }
  }

  private static List<X509Certificate> made(Outcome outcome) throws EnrolmentException {
    if (outcome.refusal != null) {
      throw outcome.refusal;
    }
    return outcome.chain;
  }

  private Outcome enrol(Connection connection, String secret, CertificateAsked asked)
      throws SQLException {
    Token token = Tokens.find(connection, secret);
    EnrolmentException refusal = refusal(connection, token, asked);
    if (refusal != null || token == null) {
      return new Outcome(refusal, List.of());
    }
    Identity identity = asked.identity();
    boolean anew = Issued.has(connection, identity);
    Instant after = Issued.latestFrom(connection, identity).plusSeconds(1);
    List<X509Certificate> chain = issue(asked, anew ? after : Instant.EPOCH);
    if (anew) {
      // Times in certificates are whole seconds: so each of before begins before this one.
      ShutOuts.supersede(connection, identity, chain.get(0).getNotBefore().getTime(), clock);
    }
    Tokens.use(connection, token);
    Issued.insert(connection, identity, chain.get(0), Tokens.nanos(clock), token.id(), null);
    audit.add(
        connection,
        new Actor("token " + token.id(), ""),
        What.ENROLLED,
        identity.toString(),
        null,
        "until " + chain.get(0).getNotAfter().toInstant());
    if (identity.role() == Role.DEVICE) {
      registry.introduce(connection, identity.name(), token.spec().site(), token.spec().labels());
    }
    return new Outcome(null, chain);
  }

  private @Nullable EnrolmentException refusal(
      Connection connection, @Nullable Token token, CertificateAsked asked) throws SQLException {
    if (token == null) {
      return new EnrolmentException(
          Reason.UNKNOWN_TOKEN, "there is no such enrolment token: have one made");
    }
    EnrolmentException unusable = unusable(token);
    if (unusable != null) {
      return unusable;
    }
    Identity identity = asked.identity();
    Token.Spec spec = token.spec();
    if (identity.role() != spec.role()) {
      return new EnrolmentException(
          Reason.OTHER_ROLE,
          "the enrolment token is for a %s, not for %s".formatted(spec.role().text(), identity));
    }
    if (spec.name() != null && !spec.name().equals(identity.name())) {
      return new EnrolmentException(
          Reason.OTHER_NAME,
          "the enrolment token is for %s %s, not for %s"
              .formatted(spec.role().text(), spec.name(), identity));
    }
    if (ShutOuts.isShutOut(connection, identity)) {
      return shutOut(identity);
    }
    if (spec.name() == null && Issued.has(connection, identity)) {
      return new EnrolmentException(
          Reason.TAKEN_NAME,
          "%s has a certificate already: if that is lost, have a token made for this name"
              .formatted(identity));
    }
    if (spec.name() == null
        && identity.role() == Role.DEVICE
        && DeviceSecrets.has(connection, identity.name())) {
      return new EnrolmentException(
          Reason.TAKEN_NAME,
          "%s has a password or a key already: have a token made for this name"
              .formatted(identity));
    }
    return otherHost(asked.hosts(), spec.hosts(), "the enrolment token");
  }

  private static EnrolmentException shutOut(Identity identity) {
    return new EnrolmentException(
        Reason.SHUT_OUT, identity + " is shut out: it gets no certificate until it is let back in");
  }

  private @Nullable EnrolmentException unusable(Token token) {
    return switch (token.state(Tokens.nanos(clock))) {
      case GOOD -> null;
      case WITHDRAWN ->
          new EnrolmentException(Reason.WITHDRAWN_TOKEN, "the enrolment token was withdrawn");
      case USED ->
          new EnrolmentException(
              Reason.USED_TOKEN,
              "the enrolment token could be used %d times, and was: have another one made"
                  .formatted(token.spec().uses()));
      case EXPIRED ->
          new EnrolmentException(
              Reason.EXPIRED_TOKEN,
              "the enrolment token was good until %s: have another one made"
                  .formatted(Instant.ofEpochSecond(0, token.endsAtNanos())));
    };
  }

  /**
   * Another certificate for who has one.
   *
   * @param shown its certificate, which was checked but for its end
   * @param request PKCS#10 in Base64, for the same name and no other hosts
   * @return the certificate, and who has signed it
   */
  public List<X509Certificate> renew(Peer shown, byte[] request)
      throws EnrolmentException, SqlUnavailableException {
    Instant end = shown.certificate().getNotAfter().toInstant();
    if (clock.instant().isAfter(end.plus(terms.grace))) {
      throw new EnrolmentException(
          Reason.LAPSED_CERTIFICATE,
          "the certificate of %s was valid until %s, and could be renewed for %d days after that: enrol again, with a token made for this name"
              .formatted(shown.identity(), end, terms.grace.toDays()));
    }
    CertificateAsked asked = CertificateAsked.parse(request);
    if (!asked.identity().equals(shown.identity())) {
      throw new EnrolmentException(
          Reason.OTHER_NAME,
          "%s can have its own certificate renewed, not that of %s"
              .formatted(shown.identity(), asked.identity()));
    }
    EnrolmentException otherHost =
        otherHost(asked.hosts(), hosts(shown.certificate()), "its certificate");
    if (otherHost != null) {
      throw otherHost;
    }
    return made(sql.write(connection -> renew(connection, shown, asked)));
  }

  private Outcome renew(Connection connection, Peer shown, CertificateAsked asked)
      throws SQLException {
    Identity identity = shown.identity();
    if (ShutOuts.isShutOut(connection, identity)) {
      return new Outcome(shutOut(identity), List.of());
    }
    Instant countSince = Instant.ofEpochMilli(ShutOuts.countSince(connection, identity));
    if (shown.certificate().getNotBefore().toInstant().isBefore(countSince)) {
      return new Outcome(
          new EnrolmentException(
              Reason.SUPERSEDED,
              "%s has been enrolled anew, so this certificate of it is void: enrol again, with a token made for this name"
                  .formatted(identity)),
          List.of());
    }
    List<X509Certificate> chain = issue(asked, countSince);
    Issued.insert(
        connection,
        identity,
        chain.get(0),
        Tokens.nanos(clock),
        null,
        Issued.serial(shown.certificate()));
    return new Outcome(null, chain);
  }

  private List<X509Certificate> issue(CertificateAsked asked, Instant earliest) {
    try {
      return authority.issue(
          asked.identity(),
          asked.key(),
          asked.hosts(),
          terms.of(asked.identity().role()),
          earliest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no certificate could be made: " + e.getMessage(), e);
    }
  }

  private static @Nullable EnrolmentException otherHost(
      Collection<String> asked, Set<String> allowed, String by) {
    List<String> others = asked.stream().filter(host -> !allowed.contains(host)).toList();
    return others.isEmpty()
        ? null
        : new EnrolmentException(
            Reason.OTHER_HOST,
            "%s does not allow the host %s, but %s"
                .formatted(by, others.get(0), allowed.isEmpty() ? "none" : allowed));
  }

  private static Set<String> hosts(X509Certificate certificate) {
    Set<String> hosts = new HashSet<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if ((name.get(0).equals(DNS) || name.get(0).equals(IP))
            && name.get(1) instanceof String host) {
          hosts.add(Hosts.canonical(host));
        }
      }
    } catch (CertificateParsingException e) {
      return Set.of(); // it has none that could be read
    }
    return hosts;
  }
}
