package io.tidemark.ingest.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.identity.SecretFile;
import io.tidemark.identity.password.Argon2id;
import io.tidemark.ingest.HandClock;
import io.tidemark.ingest.access.AccessException.Kind;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.AuditQuery;
import io.tidemark.ingest.audit.Entry;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users, sessions, keys and the first token over a database, with a clock in hand. */
@Timeout(60)
@OnEachDatabase
final class AccessTest {
  private static final String PASSWORD = "correct horse battery";
  private static final String HERE = "192.0.2.1";
  private static final Actor ADMIN = new Actor("ada", HERE);

  @TempDir Path folder;

  private final HandClock clock = new HandClock();
  private Sql sql;
  private Audit audit;
  private Access access;

  @BeforeEach
  void open() {
    sql = TestDatabase.open(folder.resolve("x.db"));
    audit = new Audit(sql, clock);
    access = access();
  }

  private Access access() {
    return new Access(
        new AccessSettings(AccessSettings.Security.ON, Duration.ofHours(1), Duration.ofHours(10)),
        sql,
        audit,
        new Passwords(
            Duration.ofSeconds(5), new Argon2id(64, 2)), // quick: the limits are what is tested
        clock);
  }

  @AfterEach
  void close() {
    sql.close();
  }

  private Setup setup() {
    return new Setup(sql, access.users(), new Passwords(), clock);
  }

  private List<Entry> audited(What what) throws SqlUnavailableException {
    return access.audit(
        new AuditQuery(null, what, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, 100));
  }

  private static Kind kindOf(Throwable e) {
    return ((AccessException) e).kind();
  }

  private void wrong(String name, String password) {
    assertThatThrownBy(() -> access.logIn(HERE, name, password))
        .isInstanceOf(AccessException.class)
        .hasMessage("the name or the password is wrong")
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.WRONG));
  }

  // ---- the first token

  @Test
  void aTokenIsMadeOnceAndWorksOnce() throws Exception {
    String token = setup().offer(folder, null).token().orElseThrow();
    assertThat(setup().offer(folder, null).token()).as("at the second start").isEmpty();
    assertThat(setup().offer(folder, null).waits()).isTrue();
    assertThatThrownBy(() -> access.setUp(HERE, token + "x", "ada", PASSWORD))
        .hasMessageContaining("make an empty file new-admin-token");
    User ada = access.setUp(HERE, token, "Ada", PASSWORD);
    assertThat(ada.name()).isEqualTo("ada");
    assertThat(ada.role()).isEqualTo(Role.ADMIN);
    assertThat(access.isSetupOpen()).isFalse();
    assertThatThrownBy(() -> access.setUp(HERE, token, "eve", PASSWORD))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.WRONG));
    assertThat(setup().offer(folder, null).token()).as("with a user").isEmpty();
    assertThat(audited(What.SETUP))
        .singleElement()
        .satisfies(entry -> assertThat(entry.subject()).isEqualTo("ada"));
  }

  @Test
  void whatOneIngestKnowsOfAUserAnotherDoes() throws Exception {
    String token = setup().offer(folder, null).token().orElseThrow();
    Access other = access();
    assertThat(setup().offer(folder.resolve("other"), null))
        .isEqualTo(new Setup.Offer(Optional.empty(), true));
    User ada = other.setUp(HERE, token, "ada", PASSWORD);
    String session = access.logIn(HERE, "ada", PASSWORD);
    assertThat(other.session(session).orElseThrow().name()).isEqualTo(ada.name());
    access.logOut(HERE, other.session(session).orElseThrow(), false);
    assertThat(other.session(session)).isEmpty();
  }

  @Test
  void whoIsLockedOutGetsAnotherByAFile() throws Exception {
    access.users().make(ADMIN, "ada", Role.VIEWER, PASSWORD);
    Path wish = Files.createFile(folder.resolve(Setup.WISH));
    String token = setup().offer(folder, null).token().orElseThrow();
    assertThat(wish).doesNotExist();
    assertThat(setup().offer(folder, null).token()).isEmpty();
    String session = access.logIn(HERE, "ada", PASSWORD);
    access.setUp(HERE, token, "ada", "another long password");
    assertThat(access.users().find("ada").orElseThrow().role()).isEqualTo(Role.ADMIN);
    assertThat(access.session(session)).as("a session of before").isEmpty();
    wrong("ada", PASSWORD);
    assertThat(access.logIn(HERE, "ada", "another long password")).isNotEmpty();
  }

  @Test
  void aTokenComesFromAFile() throws Exception {
    Path file = folder.resolve("token");
    String printed = setup().offer(folder, null).token().orElseThrow();
    SecretFile.write(folder, "token", Secrets.make(Secrets.SETUP_PREFIX) + "\n");
    String given = Setup.read(file);
    access.start(folder, file);
    access.start(folder, file); // a second ingest on the same database
    assertThat(setup().offer(folder, given).token()).as("nothing to be printed").isEmpty();
    assertThatThrownBy(() -> access.setUp(HERE, printed, "eve", PASSWORD))
        .as("in the place of the one before")
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.WRONG));
    access.setUp(HERE, given, "ada", PASSWORD);
    access.start(folder, file);
    assertThat(access.isSetupOpen()).as("with a user").isFalse();

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> access.start(folder, file)).hasMessageContaining("chmod 600");
    SecretFile.write(folder, "token", "tms_short");
    assertThatThrownBy(() -> access.start(folder, file))
        .hasMessageContaining("tidemark.access.setup-token-file: " + file + " has to hold tms_ and")
        .hasMessageNotContaining("short");
    assertThatThrownBy(() -> access.start(folder, folder.resolve("no")))
        .hasMessageContaining("setup-token-file: there is no file");
  }

  // ---- passwords

  @Test
  void passwordsAreKeptAsArgon2id() throws Exception {
    Passwords passwords = new Passwords();
    String kept = passwords.hash(PASSWORD);
    assertThat(kept).matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[^$]{22}\\$[^$]{43}");
    assertThat(passwords.hash(PASSWORD)).as("with salt").isNotEqualTo(kept);
    assertThat(passwords.matches(PASSWORD, kept)).isTrue();
    assertThat(passwords.matches(PASSWORD + " ", kept)).isFalse();
    assertThat(passwords.matches(PASSWORD, null)).isFalse();
  }

  /** The test vector "password", "somesalt" of the reference implementation, m=65536 t=2 p=1. */
  @Test
  void otherProgramsHashesAreUnderstood() throws Exception {
    String reference =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assertThat(new Passwords().matches("password", reference)).isTrue();
    assertThat(new Passwords().matches("passwore", reference)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 257})
  void passwordsHaveBounds(int length) {
    assertThatThrownBy(() -> new Passwords().hash("x".repeat(length)))
        .hasMessage("password must be 12 to 256 characters");
  }

  @Test
  void fewAreComputedAtATimeAndAnUnknownUserCostsAsMuch() throws Exception {
    Passwords busy = new Passwords(Duration.ofMillis(20), new Argon2id(64, 2));
    busy.turns().acquire(Passwords.AT_A_TIME_MAX);
    assertThatThrownBy(() -> busy.matches(PASSWORD, null))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.BUSY))
        .hasMessageContaining("2 passwords are being checked");
    busy.turns().release();
    assertThat(busy.matches(PASSWORD, null)).isFalse();
    assertThat(busy.turns().availablePermits()).as("the turn is given back").isEqualTo(1);
  }

  // ---- logging in

  @Test
  void failedLoginsAreLimitedAndSummedUp() throws Exception {
    access.users().make(ADMIN, "ada", Role.VIEWER, PASSWORD);
    for (int i = 0; i < Access.TRIES_OF_USER; i++) {
      wrong("ada", "a wrong password");
    }
    assertThatThrownBy(() -> access.logIn(HERE, "ADA", PASSWORD))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.TOO_MANY))
        .satisfies(e -> assertThat(((AccessException) e).retryAfterSeconds()).isEqualTo(30));
    wrong("eve", PASSWORD);
    clock.goOn(Access.TRY_OF_USER_EVERY);
    assertThat(access.logIn(HERE, "ada", PASSWORD)).isNotEmpty();
    clock.goOn(FailedLogins.TOGETHER);
    assertThat(audited(What.LOGIN_FAILED))
        .extracting(entry -> entry.subject() + " " + entry.after())
        .containsExactly(
            "ada {\"failures\":9}", "(no such user) {\"failures\":1}", "ada {\"failures\":1}");
  }

  @Test
  void anAddressIsLimitedWhoeverItTriesToBe() {
    for (int i = 0; i < Access.TRIES_OF_ADDRESS; i++) {
      wrong("user" + i, PASSWORD);
    }
    assertThatThrownBy(() -> access.logIn(HERE, "another", PASSWORD))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.TOO_MANY))
        .satisfies(e -> assertThat(((AccessException) e).retryAfterSeconds()).isEqualTo(10));
    assertThatThrownBy(() -> access.logIn("192.0.2.2", "another", PASSWORD))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.WRONG));
  }

  @Test
  void ofAnIpv6AddressTheNetworkCounts() {
    assertThat(Access.network("2001:db8:1:2:3:4:5:6")).isEqualTo("2001:db8:1:2");
    assertThat(Access.network("2001:db8:1:2:a:b:c:d")).isEqualTo("2001:db8:1:2");
    assertThat(Access.network("192.0.2.1")).isEqualTo("192.0.2.1");
    assertThat(Access.network("0:0:0:0:0:0:0:1")).isEqualTo("0:0:0:0");
  }

  // ---- sessions

  @Test
  void aSessionEndsWhenItIsNotUsedAndInAnyCaseAfterAWhile() throws Exception {
    access.users().make(ADMIN, "ada", Role.OPERATOR, PASSWORD);
    String session = access.logIn(HERE, "ada", PASSWORD);
    String idle = access.logIn(HERE, "ada", PASSWORD);
    for (int i = 0; i < 11; i++) {
      assertThat(access.session(session)).as("after %d minutes", i * 54).isPresent();
      assertThat(access.session(idle).isPresent()).isEqualTo(i == 0);
      clock.goOn(Duration.ofMinutes(54));
      if (i == 0) {
        clock.goOn(Duration.ofMinutes(5));
        assertThat(access.session(session)).isPresent();
        clock.goOn(Duration.ofMinutes(1));
      }
    }
    assertThat(access.session(session)).as("after ten hours").isEmpty();
  }

  @Test
  void sessionsOfAUserAreBounded() throws Exception {
    access.users().make(ADMIN, "ada", Role.VIEWER, PASSWORD);
    String hash = access.users().passwordHash("ada").orElseThrow();
    Sessions sessions = new Sessions(sql, audit, access.settings(), clock);
    String first = sessions.begin("ada", hash, ADMIN).orElseThrow();
    for (int i = 0; i < Sessions.OF_USER_MAX; i++) {
      clock.goOn(Duration.ofMillis(1));
      assertThat(sessions.begin("ada", hash, ADMIN)).isPresent();
    }
    assertThat(access.users().find("ada").orElseThrow().sessions()).isEqualTo(Sessions.OF_USER_MAX);
    assertThat(access.session(first)).isEmpty();
    assertThat(sessions.begin("ada", "what it was before", ADMIN)).isEmpty();
  }

  // ---- the last administrator

  @Test
  void theLastAdministratorStays() throws Exception {
    access.users().make(ADMIN, "ada", Role.ADMIN, PASSWORD);
    access.users().make(ADMIN, "bob", Role.VIEWER, PASSWORD);
    assertThatThrownBy(() -> access.users().delete(ADMIN, "ada"))
        .hasMessageContaining("ada is the last administrator who can log in");
    assertThatThrownBy(() -> access.users().change(ADMIN, "ada", Role.VIEWER, true, null))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.CONFLICT));
    assertThatThrownBy(() -> access.users().change(ADMIN, "ada", Role.ADMIN, false, null))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.CONFLICT));
    access.users().change(ADMIN, "bob", Role.ADMIN, true, null);
    access.users().delete(ADMIN, "ada");
    assertThat(access.users().list()).extracting(User::name).containsExactly("bob");
  }

  // ---- whom a provider vouches for

  private static Vouched vouched(String subject, String name, Role role) {
    return new Vouched("https://provider " + subject, name, role);
  }

  private Holder entered(String subject, String name, Role role) throws Exception {
    return access.session(access.logIn("10.0.0.1", vouched(subject, name, role))).orElseThrow();
  }

  private static Consumer<Throwable> because(NotLetInException.Why why) {
    return e -> assertThat(((NotLetInException) e).why()).isEqualTo(why);
  }

  @Test
  void aVouchedUserIsTheSameByEveryNameAndHasTheRoleOfTheLastLogin() throws Exception {
    Holder first = entered("1", " Ada ", Role.VIEWER);
    assertThat(first.name()).isEqualTo("oidc:ada");
    assertThat(first.role()).isEqualTo(Role.VIEWER);
    assertThat(entered("1", "ada.new@example.org", Role.ADMIN).name()).isEqualTo("oidc:ada");
    assertThat(access.isGood(first)).isTrue();
    assertThat(access.users().find("oidc:ada").orElseThrow().role()).isEqualTo(Role.ADMIN);
    assertThat(audited(What.USER_MADE))
        .singleElement()
        .satisfies(entry -> assertThat(entry.actor()).isEqualTo(new Actor("oidc:ada", "10.0.0.1")));
    assertThat(audited(What.USER_CHANGED))
        .singleElement()
        .satisfies(entry -> assertThat(entry.before()).contains("viewer"));

    assertThatThrownBy(() -> entered("1", "ada", null))
        .satisfies(because(NotLetInException.Why.NO_ROLE));
    assertThat(access.isGood(first)).as("what the provider has taken away").isFalse();
    assertThat(audited(What.LOGIN_FAILED))
        .singleElement()
        .satisfies(entry -> assertThat(entry.subject()).isEqualTo("oidc:ada"));
  }

  @Test
  void whoIsVouchedForIsNobodyElse() throws Exception {
    access.users().make(ADMIN, "ada", Role.ADMIN, PASSWORD);
    Holder ada = entered("1", "ada", Role.VIEWER);
    assertThat(access.users().list()).extracting(User::name).containsExactly("ada", "oidc:ada");
    assertThatThrownBy(() -> entered("2", "ada", Role.ADMIN))
        .satisfies(because(NotLetInException.Why.NAME_TAKEN));
    for (String name : List.of("", "a b", "oidc:ada", "\u00e4", "x".repeat(60))) {
      assertThatThrownBy(() -> entered("3", name, Role.ADMIN))
          .satisfies(because(NotLetInException.Why.NAME));
    }
    assertThatThrownBy(() -> access.users().make(ADMIN, "oidc:bob", Role.ADMIN, PASSWORD))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.INVALID));
    for (String password : List.of("", PASSWORD)) {
      assertThatThrownBy(() -> access.logIn("10.0.0.2", "oidc:ada", password))
          .satisfies(e -> assertThat(kindOf(e)).isEqualTo(Kind.WRONG));
    }
    assertThatThrownBy(() -> access.changePassword("10.0.0.1", ada, "", PASSWORD))
        .hasMessageContaining("has no password here");
    assertThatThrownBy(() -> access.users().change(ADMIN, "oidc:ada", Role.VIEWER, true, PASSWORD))
        .hasMessageContaining("change them there");
    assertThatThrownBy(() -> access.users().change(ADMIN, "oidc:ada", Role.ADMIN, true, null))
        .hasMessageContaining("change them there");

    User unused = access.users().change(ADMIN, "oidc:ada", Role.VIEWER, false, null);
    assertThat(access.isGood(ada)).isFalse();
    assertThatThrownBy(() -> entered("1", "ada", Role.ADMIN))
        .satisfies(because(NotLetInException.Why.DISABLED));
  }

  @Test
  void anAdministratorOfTheProviderIsNotTheLastOne() throws Exception {
    access.users().make(ADMIN, "ada", Role.ADMIN, PASSWORD);
    entered("1", "bob", Role.ADMIN);
    assertThatThrownBy(() -> access.users().delete(ADMIN, "ada"))
        .hasMessageContaining("ada is the last administrator who can log in by a password");
    access.users().delete(ADMIN, "oidc:bob");
  }

  // ---- keys

  @Test
  void keysExpireAndAreBounded() throws Exception {
    long now = clock.nanos();
    long hour = Duration.ofHours(1).toNanos();
    ApiKeys.Made key = access.keys().make(ADMIN, "cron", Role.VIEWER, now + hour);
    assertThat(key.secret()).matches("tmk_[A-Za-z0-9_-]{43}");
    assertThat(key.toString()).doesNotContain(key.secret());
    clock.goOn(Duration.ofMinutes(59));
    assertThat(access.key(key.secret()).holder().role()).isEqualTo(Role.VIEWER);
    assertThat(access.keys().list().get(0).usedAtNanos()).isEqualTo(clock.nanos());
    clock.goOn(Duration.ofMinutes(1));
    assertThat(access.key(key.secret()).why()).isEqualTo("the API key cron has expired");
    assertThat(access.key("tmk_other").why()).isEqualTo("there is no such API key");
    for (long expiry : new long[] {clock.nanos(), clock.nanos() + 6 * 366 * 24 * hour}) {
      assertThatThrownBy(() -> access.keys().make(ADMIN, "x", Role.VIEWER, expiry))
          .hasMessageContaining("expiresAt must be a time to come, at most 1830 days ahead");
    }
  }

  @Test
  void voidKeysMakeRoomAndGoodOnesDoNot() throws Exception {
    ApiKeys keys = new ApiKeys(sql, audit, clock, 3);
    long expiry = clock.nanos() + Duration.ofHours(1).toNanos();
    keys.revoke(ADMIN, keys.make(ADMIN, "void", Role.VIEWER, expiry).key().id());
    for (int i = 0; i < 3; i++) {
      ApiKeys.Made unused = keys.make(ADMIN, "good " + i, Role.VIEWER, expiry);
    }
    assertThat(keys.list()).extracting(ApiKey::name).containsExactly("good 2", "good 1", "good 0");
    assertThatThrownBy(() -> keys.make(ADMIN, "one more", Role.VIEWER, expiry))
        .hasMessageContaining("there are 3 keys that are good");
  }

  // ---- the audit

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE audit SET who = 'eve'",
        "DELETE FROM audit",
        "INSERT INTO audit SELECT id, at, 'eve', address, what, subject, before_text, after_text FROM audit"
            + " WHERE true ON CONFLICT (id) DO UPDATE SET who = excluded.who"
      })
  void theAuditIsOnlyAddedTo(String change) throws Exception {
    access.users().make(ADMIN, "ada", Role.ADMIN, PASSWORD);
    assertThatThrownBy(
            () ->
                sql.write(
                    connection -> {
                      try (Statement statement = connection.createStatement()) {
                        return statement.executeUpdate(change);
                      }
                    }))
        .hasMessageContaining("the audit is only added to");
    assertThat(audited(What.USER_MADE))
        .singleElement()
        .satisfies(entry -> assertThat(entry.actor()).isEqualTo(ADMIN));
  }

  @Test
  void aChangeThatFailsIsNotInTheAudit() throws Exception {
    assertThatThrownBy(
            () ->
                sql.write(
                    connection -> {
                      audit.add(connection, ADMIN, What.REGISTRY, "d", null, null);
                      throw new java.sql.SQLException("after all not");
                    }))
        .hasMessageContaining("after all not");
    assertThat(audited(What.REGISTRY)).isEmpty();
  }
}
