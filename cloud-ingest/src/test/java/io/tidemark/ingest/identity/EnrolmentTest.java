package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.registry.DeviceRecord;
import io.tidemark.ingest.registry.Registry;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lasts: over restarts, and over time. */
@OnEachDatabase
class EnrolmentTest {
  private static final Duration GRACE = Duration.ofDays(365);
  private final HandClock clock = new HandClock();

  @TempDir private Path temporary;
  private Sql sql;
  private CertificateAuthority authority;
  private Tokens tokens;
  private Audit audit;
  private RootChange roots;
  private Enrolment enrolment;
  private Registry registry;
  private AccessLists lists;
  private ShutOuts shutOuts;

  @BeforeEach
  void start() throws Exception {
    sql = TestDatabase.open(temporary.resolve("tidemark.db"));
    authority = new CertificateAuthority(temporary.resolve("identity"), clock);
    authority.open();
    audit = new Audit(sql, clock);
    roots = new RootChange(authority, sql, audit, GRACE, clock);
    tokens = new Tokens(sql, audit, clock);
    registry = new Registry(sql, audit, clock);
    lists = new AccessLists(sql, clock);
    shutOuts = new ShutOuts(sql, audit, lists, clock);
    enrolment =
        new Enrolment(
            authority,
            sql,
            audit,
            registry,
            lists,
            new Enrolment.Terms(Duration.ofDays(30), Duration.ofDays(7), GRACE),
            clock);
  }

  @AfterEach
  void stop() {
    sql.close();
  }

  private String token(int uses) throws Exception {
    return token(null, uses);
  }

  private String token(@Nullable String name, int uses) throws Exception {
    Token.Spec spec =
        new Token.Spec(
            Role.DEVICE,
            name,
            uses,
            "plant",
            new TreeSet<>(List.of("cold", "wet")),
            new TreeSet<>());
    Tokens.Made made = tokens.make(Actor.INGEST, spec, Duration.ofDays(1)).orElseThrow();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(made.secret());
  }

  private List<X509Certificate> enrol(String secret, String device) throws Exception {
    return enrolment.enrol(secret, Requests.of(Requests.device(device)));
  }

  @Test
  void aRestartForgetsNothing() throws Exception {
    String secret = token(2);
    X509Certificate first = enrol(secret, "a").get(0);
    stop();
    start();
    assertThat(enrol(secret, "b").get(1)).isEqualTo(authority.certificates().get(1));
    assertThatThrownBy(() -> enrol(secret, "c"))
        .hasMessageContaining("could be used 2 times, and was");
    String another = token(1);
    assertThatThrownBy(() -> enrol(another, "a"))
        .hasMessageStartingWith("device a has a certificate already");
    Peer peer = new Peer(Requests.device("a"), first);
    assertThat(enrolment.renew(peer, Requests.of(Requests.device("a")))).hasSize(2);
    assertThat(tokens.list(Long.MAX_VALUE, 10)).extracting(Token::id).containsExactly(2L, 1L);
  }

  @Test
  void theNameOfADeviceWithAPasswordOrKeyIsTaken() throws Exception {
    DeviceSecrets secrets = new DeviceSecrets(sql, new Audit(sql, clock), clock);
    assertThat(secrets.make(Actor.INGEST, "a", DeviceSecret.Kind.PSK)).isPresent();
    String secret = token(2);
    assertThatThrownBy(() -> enrol(secret, "a"))
        .hasMessageStartingWith("device a has a password or a key already: have a token made")
        .isInstanceOfSatisfying(
            EnrolmentException.class,
            e -> assertThat(e.reason()).isEqualTo(EnrolmentException.Reason.TAKEN_NAME));
    Token.Spec forIt = new Token.Spec(Role.DEVICE, "a", 1, "", new TreeSet<>(), new TreeSet<>());
    Tokens.Made named = tokens.make(Actor.INGEST, forIt, Duration.ofDays(1)).orElseThrow();
    assertThat(enrol(Base64.getUrlEncoder().withoutPadding().encodeToString(named.secret()), "a"))
        .as("by a token for this name")
        .hasSize(2);
    assertThat(secrets.withdraw(Actor.INGEST, "a", DeviceSecret.Kind.PSK)).isTrue();
  }

  @Test
  void whatWasGotBeforeANameWasEnrolledAnewIsVoid() throws Exception {
    Identity a = Requests.device("a");
    String one = token("a", 3);
    X509Certificate first = enrol(one, "a").get(0);
    X509Certificate renewed = enrolment.renew(new Peer(a, first), Requests.of(a)).get(0);
    X509Certificate anew = enrol(one, "a").get(0); // in the same second

    for (X509Certificate before : List.of(first, renewed)) {
      assertThat(before.getNotBefore()).isBefore(anew.getNotBefore());
      assertThatThrownBy(() -> lists.bars().check(a, before.getNotBefore().toInstant()))
          .hasMessageContaining("device a has been enrolled anew");
      assertThatThrownBy(
              () -> enrolment.renew(new Peer(a, before), Requests.of(Requests.device("a"))))
          .hasMessageContaining(
              "device a has been enrolled anew, so this certificate of it is void");
    }
    lists.bars().check(a, anew.getNotBefore().toInstant());
    X509Certificate next =
        enrolment.renew(new Peer(a, anew), Requests.of(Requests.device("a"))).get(0);
    lists.bars().check(a, next.getNotBefore().toInstant());

    clock.goOn(Duration.ofMinutes(-2)); // as a clock that is set
    X509Certificate last = enrol(one, "a").get(0);
    assertThat(next.getNotBefore()).isBefore(last.getNotBefore());
    assertThatThrownBy(() -> lists.bars().check(a, next.getNotBefore().toInstant()))
        .hasMessageContaining("void");
  }

  @Test
  void whoIsShutOutGetsNoCertificateUntilItIsLetBackIn() throws Exception {
    Identity a = Requests.device("a");
    String token = token("a", 2);
    Peer peer = new Peer(a, enrol(token, "a").get(0));
    shutOuts.shutOut(Actor.INGEST, a, "stolen");
    assertThatThrownBy(() -> enrolment.renew(peer, Requests.of(Requests.device("a"))))
        .hasMessageStartingWith("device a is shut out");
    assertThatThrownBy(() -> enrol(token, "a")).hasMessageStartingWith("device a is shut out");
    assertThat(enrol(token("b", 1), "b")).hasSize(2);
    shutOuts.letIn(Actor.INGEST, a);
    assertThat(enrolment.renew(peer, Requests.of(Requests.device("a")))).hasSize(2);
    assertThat(enrol(token, "a")).hasSize(2);
  }

  @Test
  void nothingOfASecretIsKept() throws Exception {
    String secret = token(1);
    String password =
        new DeviceSecrets(sql, new Audit(sql, clock), clock)
            .make(Actor.INGEST, "a", DeviceSecret.Kind.PASSWORD)
            .orElseThrow()
            .text();
    assertThat(password).matches("tmp_[A-Za-z0-9_-]{32}");
    stop();
    assertThat(TestDatabase.content(temporary.resolve("tidemark.db")))
        .contains("$argon2id$")
        .doesNotContain(secret, password, password.substring(4));
    start();
  }

  @Test
  void aNewDeviceIsSaidToBeWhereItsTokenSays() throws Exception {
    var spoken = registry.put(Actor.INGEST, "known", DeviceRecord.EMPTY, 0);
    assertThat(spoken).isPresent();
    String secret = token(2);
    var unusedNew = enrol(secret, "new");
    var unusedKnown = enrol(secret, "known");
    assertThat(registry.get("new").content())
        .isEqualTo(
            new DeviceRecord("", "plant", "", "", "", new TreeSet<>(List.of("cold", "wet"))));
    assertThat(registry.devicesByLabel().get("wet")).containsExactly("new");
    assertThat(registry.get("known").content()).isEqualTo(DeviceRecord.EMPTY);
  }

  @Test
  void theTermsAreThoseThatAreSet() throws Exception {
    X509Certificate device = enrol(token(1), "a").get(0);
    assertThat(device.getNotAfter()).isEqualTo(clock.instant().plus(Duration.ofDays(30)));
    X509Certificate gateway =
        authority
            .issue(
                Requests.gateway("g"),
                Certificates.keys().getPublic(),
                List.of(),
                Duration.ofDays(1))
            .get(0);
    Peer peer = new Peer(Requests.gateway("g"), gateway);
    assertThat(enrolment.renew(peer, Requests.of(Requests.gateway("g"))).get(0).getNotAfter())
        .isEqualTo(clock.instant().plus(Duration.ofDays(7)));
    clock.goOn(GRACE.plusDays(1));
    assertThat(enrolment.renew(peer, Requests.of(Requests.gateway("g")))).hasSize(2);
    clock.goOn(Duration.ofSeconds(1));
    assertThatThrownBy(() -> enrolment.renew(peer, Requests.of(Requests.gateway("g"))))
        .hasMessageContaining("could be renewed for 365 days after that: enrol again");
    assertThatThrownBy(() -> new Enrolment.Terms(Duration.ofSeconds(9), Duration.ofDays(1), GRACE))
        .hasMessageContaining("must be 10s or longer");
    assertThatThrownBy(
            () -> new Enrolment.Terms(Duration.ofDays(1), Duration.ofDays(1), GRACE.negated()))
        .hasMessageContaining("tidemark.identity.grace must not be negative");
  }

  @Test
  void upkeepRenewsAndForgets() throws Exception {
    ServerIdentity server =
        new ServerIdentity(
            authority, List.of("localhost"), new IdentityMeters(new SimpleMeterRegistry()), clock);
    server.open();
    OwnCredential own = server.own();
    var before = own.now();
    X509Certificate old = enrol(token(1), "a").get(0);
    try (Upkeep upkeep = new Upkeep(authority, server, roots, tokens, sql, GRACE, clock)) {
      clock.goOn(Duration.ofDays(19));
      upkeep.round();
      assertThat(own.now()).isEqualTo(before);
      clock.goOn(Duration.ofDays(2));
      upkeep.round();
      assertThat(own.now()).isNotEqualTo(before);
      var renewed =
          enrolment.renew(new Peer(Requests.device("a"), old), Requests.of(Requests.device("a")));
      assertThat(renewed).hasSize(2);
      clock.goOn(Duration.ofDays(80));
      upkeep.round();
      assertThat(tokens.list(Long.MAX_VALUE, 10)).isEmpty();
      assertThat(rows()).isEqualTo(2);
      clock.goOn(Duration.ofDays(400));
      upkeep.round();
      assertThat(rows()).isEqualTo(1); // the name stays taken
      assertThat(authority.certificates()).hasSize(3);
    }
  }

  @Test
  void anotherRootComesWhenItIsAskedForAndTheFormerGoesWhenNobodyNeedsIt() throws Exception {
    ServerIdentity server =
        new ServerIdentity(
            authority, List.of("localhost"), new IdentityMeters(new SimpleMeterRegistry()), clock);
    server.open();
    X509Certificate first = authority.root();
    X509Certificate a = enrol(token(1), "a").get(0);
    Path asked = temporary.resolve("identity/new-root");
    Path key = temporary.resolve("identity/root.key");
    try (Upkeep upkeep = new Upkeep(authority, server, roots, tokens, sql, GRACE, clock)) {
      Files.createFile(asked);
      Files.move(key, temporary.resolve("safe"));
      upkeep.round();
      assertThat(authority.believed()).containsExactly(first);
      Files.move(temporary.resolve("safe"), key);
      upkeep.round();
      assertThat(asked).doesNotExist();
      X509Certificate second = authority.root();
      assertThat(authority.believed()).containsExactly(second, first);
      assertThat(server.clients().getAcceptedIssuers()).containsExactly(second, first);
      assertThat(server.own().now().chain()).contains(authority.intermediates().get(0)).hasSize(3);
      assertThat(audit()).containsExactly("root.make by ingest");

      clock.goOn(Duration.ofMinutes(2));
      X509Certificate b = enrol(token(1), "b").get(0);
      assertThat(b.getNotAfter()).isAfter(a.getNotAfter());
      assertThat(roots.formerUntil()).isEqualTo(a.getNotAfter().toInstant().plus(GRACE));
      Files.createFile(asked);
      upkeep.round(); // not a third one while two are believed
      assertThat(asked).doesNotExist();
      assertThat(authority.root()).isEqualTo(second);

      Duration left = Duration.between(clock.instant(), roots.formerUntil());
      clock.goOn(left.minusSeconds(1));
      upkeep.round();
      assertThat(authority.believed()).containsExactly(second, first);
      assertThat(enrolment.renew(peer("a", a), Requests.of(Requests.device("a")))).hasSize(3);
      clock.goOn(Duration.ofSeconds(1));
      upkeep.round();
      assertThat(authority.believed()).containsExactly(second);
      assertThat(server.clients().getAcceptedIssuers()).containsExactly(second);
      assertThat(audit()).containsExactly("root.make by ingest", "root.retire by ingest");
    }
  }

  private static Peer peer(String name, X509Certificate certificate) {
    return new Peer(Requests.device(name), certificate);
  }

  @Test
  void aFormerRootIsBelievedAsLongAsATokenNamesIt() throws Exception {
    roots = new RootChange(authority, sql, audit, Duration.ZERO, clock);
    assertThat(roots.formerUntil()).isNull();
    Files.createFile(temporary.resolve("identity/new-root"));
    Token.Spec spec = new Token.Spec(Role.DEVICE, null, 1, "", new TreeSet<>(), new TreeSet<>());
    Tokens.Made made = tokens.make(Actor.INGEST, spec, Duration.ofDays(200)).orElseThrow();
    roots.round();
    assertThat(roots.formerUntil()).isEqualTo(clock.instant().plus(Duration.ofDays(200)));
    assertThat(tokens.withdraw(Actor.INGEST, made.token().id())).isTrue();
    assertThat(roots.formerUntil()).isEqualTo(clock.instant().plus(Duration.ofDays(30)));
  }

  private List<String> audit() throws Exception {
    return sql.read(
        connection -> {
          List<String> lines = new ArrayList<>();
          try (ResultSet row =
              connection
                  .createStatement()
                  .executeQuery(
                      "SELECT what, who FROM audit WHERE what LIKE 'root.%' ORDER BY id")) {
            while (row.next()) {
              lines.add(row.getString(1) + " by " + row.getString(2));
            }
          }
          return lines;
        });
  }

  private long rows() throws Exception {
    return sql.read(
        connection -> {
          try (ResultSet row =
              connection.createStatement().executeQuery("SELECT COUNT(*) FROM certificate")) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  @Test
  void tokensAreBounded() throws Exception {
    for (int i = 0; i < Tokens.GOOD_MAX; i++) {
      String unused = token(1);
    }
    Token.Spec spec = new Token.Spec(Role.GATEWAY, "g", 1, "", new TreeSet<>(), new TreeSet<>());
    assertThat(tokens.make(Actor.INGEST, spec, Duration.ofDays(1))).isEmpty();
    assertThat(tokens.withdraw(Actor.INGEST, 7)).isTrue();
    assertThat(tokens.withdraw(Actor.INGEST, 7)).isTrue();
    assertThat(tokens.withdraw(Actor.INGEST, 7_000)).isFalse();
    assertThat(tokens.make(Actor.INGEST, spec, Duration.ofDays(1))).isPresent();
  }

  @Test
  void hostsAreNamesOrAddresses() {
    assertThatThrownBy(() -> ServerIdentity.requireHosts(List.of("a b")))
        .hasMessage("tidemark.identity.hosts has \"a b\", which is neither a name nor an address");
    assertThatThrownBy(() -> ServerIdentity.requireHosts(List.of()))
        .hasMessageContaining("tidemark.identity.hosts is empty");
    ServerIdentity.requireHosts(ServerIdentity.ofThisMachine());
    assertThat(ServerIdentity.ofThisMachine()).startsWith("localhost", "127.0.0.1", "::1");
  }
}
