package io.tidemark.ingest.access;

import io.tidemark.identity.Attempts;
import io.tidemark.ingest.access.AccessException.Kind;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.AuditQuery;
import io.tidemark.ingest.audit.Entry;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what: logging in and out, and whom a secret that was sent is of.
 *
 * <p>Thread-safe. Everything asks the database, so blocks.
 */
public final class Access {
  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest");

  /** Tries to log in as one user: so many at once, and then one in this time. */
  static final int TRIES_OF_USER = 10;

  static final Duration TRY_OF_USER_EVERY = Duration.ofSeconds(30);

  /** The same for one address, whoever it tries to be. */
  static final int TRIES_OF_ADDRESS = 30;

  static final Duration TRY_OF_ADDRESS_EVERY = Duration.ofSeconds(10);

  private final AccessSettings settings;
  private final Audit audit;
  private final Passwords passwords;
  private final Users users;
  private final ApiKeys keys;
  private final Sessions sessions;
  private final VouchedUsers vouched;
  private final Setup setup;
  private final FailedLogins failed;
  private final Attempts byUser;
  private final Attempts byAddress;
  private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();

  /** Access as the settings have it, kept in {@code sql}. Does no I/O. */
  public Access(AccessSettings settings, Sql sql, Audit audit, Clock clock) {
    this(settings, sql, audit, new Passwords(), clock);
  }

  Access(AccessSettings settings, Sql sql, Audit audit, Passwords passwords, Clock clock) {
    this.settings = settings;
    this.passwords = passwords;
    this.audit = audit;
    users = new Users(sql, audit, passwords, clock);
    keys = new ApiKeys(sql, audit, clock);
    sessions = new Sessions(sql, audit, settings, clock);
    setup = new Setup(sql, users, passwords, clock);
    failed = new FailedLogins(audit, clock);
    vouched = new VouchedUsers(sql, audit, sessions, failed, clock);
    byUser = new Attempts(TRIES_OF_USER, TRY_OF_USER_EVERY, clock);
    byAddress = new Attempts(TRIES_OF_ADDRESS, TRY_OF_ADDRESS_EVERY, clock);
  }

  /** How access is watched. */
  public AccessSettings settings() {
    return settings;
  }

  /** The users. Whoever changes one says so with {@link #changed}. */
  public Users users() {
    return users;
  }

  /** The keys. Whoever revokes one says so with {@link #changed}. */
  public ApiKeys keys() {
    return keys;
  }

  /**
   * Says by the log how one becomes the first administrator, where there is none.
   *
   * @param folder the data folder
   * @param tokenFile a file with the token for that; null to have one made, and printed
   * @throws IOException if the wish for a new token cannot be taken away, or the file has none;
   *     with what to do
   */
  public void start(Path folder, @Nullable Path tokenFile) throws IOException {
    if (!settings.isOn()) {
      if (settings.security() == AccessSettings.Security.OFF_IN_PRIVATE_NETWORK) {
        LOG.warn("security is off: everybody who reaches this address may do everything");
      }
      return;
    }
    String given = tokenFile == null ? null : Setup.read(tokenFile);
    try {
      say(setup.offer(folder, given), folder, tokenFile);
    } catch (SqlUnavailableException e) {
      LOG.warn(
          "it is not known whether there is an administrator; restart ingest once its database is there: "
              + e.getMessage());
    }
  }

  private static void say(Setup.Offer offer, Path folder, @Nullable Path tokenFile) {
    if (offer.token().isPresent()) {
      LOG.infof(
          "the token that makes an administrator, once, at /login: %s (it is not printed again)",
          offer.token().get());
    } else if (offer.waits() && tokenFile != null) {
      LOG.infof("the token that makes an administrator, once, at /login, is in %s", tokenFile);
    } else if (offer.waits()) {
      LOG.infof(
          "the token that makes an administrator was printed at an earlier start and waits to be used at /login; if it is"
              + " lost, make an empty file %s and restart",
          folder.resolve(Setup.WISH));
    }
  }

  /** Whether a token waits to be used: then the login page asks for it. */
  public boolean isSetupOpen() throws SqlUnavailableException {
    return setup.isOpen();
  }

  /** Uses the token; returns the administrator. */
  public User setUp(String address, String token, String name, String password)
      throws SqlUnavailableException, AccessException {
    requireTry(byAddress, network(address));
    User user = setup.use(address, token, name, password);
    byAddress.giveBack(network(address));
    changed();
    return user;
  }

  /**
   * Logs in.
   *
   * @return the secret of a new session
   * @throws AccessException if that is refused: of an unknown name and a wrong password the same is
   *     said, after as long
   */
  public String logIn(String address, String name, String password)
      throws SqlUnavailableException, AccessException {
    String user = nameOrNone(name);
    requireTry(byAddress, network(address));
    long wait = byUser.take(user);
    if (wait > 0) {
      byAddress.giveBack(network(address));
      throw tooMany(wait);
    }
    Optional<String> hash = user.isEmpty() ? Optional.empty() : users.passwordHash(user);
    boolean isRight = passwords.matches(password, hash.orElse(null));
    Optional<String> session =
        isRight
            ? sessions.begin(user, hash.orElseThrow(), new Actor(user, address))
            : Optional.empty();
    if (session.isEmpty()) {
      String known = hash.isPresent() ? user : FailedLogins.UNKNOWN_USER;
      LOG.debugf("a login of %s from %s has failed", known, address);
      failed.add(known, address);
      throw AccessException.of(Kind.WRONG, "the name or the password is wrong");
    }
    byUser.giveBack(user);
    byAddress.giveBack(network(address));
    return session.get();
  }

  /**
   * Logs in whom the provider vouches for.
   *
   * @return the secret of a new session
   */
  public String logIn(String address, Vouched person)
      throws SqlUnavailableException, NotLetInException {
    try {
      return vouched.logIn(address, person);
    } finally {
      changed(); // the role may be another one, or gone
    }
  }

  /** A user's name, or the empty one for what cannot be a name. */
  private static String nameOrNone(String text) {
    try {
      return Users.name(text);
    } catch (AccessException e) {
      return ""; // answered as an unknown name is
    }
  }

  private static void requireTry(Attempts attempts, String name) throws AccessException {
    long wait = attempts.take(name);
    if (wait > 0) {
      throw tooMany(wait);
    }
  }

  private static AccessException tooMany(long waitSeconds) {
    return AccessException.later(
        Kind.TOO_MANY,
        "too many logins of this user or from this address have failed; try again in %d s"
            .formatted(waitSeconds),
        waitSeconds);
  }

  /**
   * Of an IPv6 address, written in full as Java does, the first half: the rest is whatever its
   * owner likes.
   */
  public static String network(String address) {
    String[] groups = address.split(":", -1);
    return groups.length < 8 ? address : String.join(":", List.of(groups).subList(0, 4));
  }

  /** Ends a session, or all of its user. */
  public void logOut(String address, Holder holder, boolean everywhere)
      throws SqlUnavailableException {
    int unused = sessions.end(new Actor(holder.who(), address), holder, everywhere);
    changed();
  }

  /**
   * Gives whose session it is another password; all other sessions end.
   *
   * @param current the password as it is
   */
  public void changePassword(String address, Holder holder, String current, String next)
      throws SqlUnavailableException, AccessException {
    if (VouchedUsers.isOne(holder.name())) {
      throw AccessException.of(
          Kind.CONFLICT,
          holder.name() + " logs in by the OpenID provider, and has no password here");
    }
    long wait = byUser.take(holder.name());
    if (wait > 0) {
      throw tooMany(wait);
    }
    String hash = users.passwordHash(holder.name()).orElse(null);
    if (!passwords.matches(current, hash)) {
      failed.add(holder.name(), address);
      throw AccessException.invalid("current", "the password as it is now");
    }
    byUser.giveBack(holder.name());
    users.changePassword(new Actor(holder.who(), address), holder.name(), next, holder.hash());
    changed();
  }

  /** Whose secret it is that came in a cookie. */
  Optional<Holder> session(String secret) throws SqlUnavailableException {
    return sessions.find(Secrets.hash(secret));
  }

  /** Whose secret it is that came as a key. */
  ApiKeys.Found key(String secret) throws SqlUnavailableException {
    return keys.find(Secrets.hash(secret));
  }

  /** Whether somebody's session or key is good still. */
  public boolean isGood(Holder holder) throws SqlUnavailableException {
    return holder.kind() == Holder.Kind.SESSION
        ? sessions.isOpen(holder.hash())
        : keys.find(holder.hash()).holder() != null;
  }

  /** Calls {@code listener} after each change by which a session or key may have ended. */
  public void listen(Runnable listener) {
    listeners.add(listener);
  }

  /** Calls it no more. */
  public void unlisten(Runnable listener) {
    listeners.remove(listener);
  }

  /** To be called after such a change, which is committed. */
  public void changed() {
    listeners.forEach(Runnable::run);
  }

  /** Lines of the audit, newest first, with the failed logins up to now. */
  public List<Entry> audit(AuditQuery query) throws SqlUnavailableException {
    failed.flush(FailedLogins.TOGETHER);
    return audit.list(query);
  }

  /** Writes what is not written yet. */
  public void close() {
    try {
      failed.flush(Duration.ZERO);
    } catch (SqlUnavailableException e) {
      LOG.warn("some failed logins are not in the audit: " + e.getMessage());
    }
  }
}
