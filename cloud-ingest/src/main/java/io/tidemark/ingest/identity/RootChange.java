package io.tidemark.ingest.identity;

import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Puts another root in the place of the one there is when somebody asks for it, and has the former
 * one believed for as long as anybody may know only that: until the last certificate that was
 * signed under it can no longer be renewed, and the last token that names it is over. Thread-safe.
 */
public final class RootChange {
  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest.identity");

  /** What was begun before the change is written down this much later at most. */
  private static final Duration SLACK = Duration.ofMinutes(1);

  /** For those whom somebody has given root.pem by hand. */
  private static final Duration LEAST = Duration.ofDays(30);

  private final CertificateAuthority authority;
  private final Sql sql;
  private final Audit audit;
  private final Duration grace;
  private final Clock clock;
  private String said = "";

  /**
   * Does nothing yet.
   *
   * @param grace for how long after its end a certificate may be renewed
   */
  public RootChange(
      CertificateAuthority authority, Sql sql, Audit audit, Duration grace, Clock clock) {
    this.authority = authority;
    this.sql = sql;
    this.audit = audit;
    this.grace = grace;
    this.clock = clock;
  }

  /** What is to be done now. */
  synchronized void round() throws IOException, GeneralSecurityException, SqlUnavailableException {
    Instant end = formerUntil();
    if (end != null && !clock.instant().isBefore(end)) {
      retire();
    }
    if (!authority.isNewRootAsked()) {
      said = "";
    } else if (authority.believed().size() > 1) {
      LOG.warnf(
          "another root was asked for, but the one before this is believed until %s: the file new-root is taken away",
          end == null ? "something else signs" : end.toString());
      authority.forgetNewRoot();
    } else if (!authority.isRootKeyHere()) {
      sayOnce("another root was asked for, but the root's key is not here: put root.key back");
    } else {
      replace();
    }
  }

  private void sayOnce(String what) {
    if (!what.equals(said)) {
      said = what;
      LOG.warn(what);
    }
  }

  private void replace() throws IOException, SqlUnavailableException {
    X509Certificate before = authority.root();
    changed(
        What.ROOT_MADE,
        () -> {
          boolean unused = authority.replaceRoot();
          return List.of(before, authority.root());
        });
    authority.forgetNewRoot();
    LOG.infof(
        "has another root, %s: keep a copy of the folder, take root.key away, and give the new root.pem to those who were given the former one",
        Root.of(authority.root()).name());
  }

  private void retire() throws IOException, SqlUnavailableException {
    X509Certificate former = authority.believed().get(1);
    changed(
        What.ROOT_RETIRED,
        () -> {
          authority.retireFormer();
          return List.of(former, authority.root());
        });
    LOG.infof("no longer believes the former root, %s", Root.of(former).name());
  }

  private interface Work {
    /** Returns the roots before and after. */
    List<X509Certificate> run() throws IOException, GeneralSecurityException;
  }

  /** There is no change without its line in the audit, but for a crash between the two. */
  private void changed(What what, Work work) throws IOException, SqlUnavailableException {
    try {
      boolean unused =
          sql.write(
              connection -> {
                List<X509Certificate> roots = done(work);
                Root before = Root.of(roots.get(0));
                audit.add(
                    connection, Actor.INGEST, what, before.name(), before, Root.of(roots.get(1)));
                return true;
              });
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static List<X509Certificate> done(Work work) {
    try {
      return work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  /**
   * Until when the root before is believed; null if there is none, or as long as something is still
   * signed under it.
   */
  public @Nullable Instant formerUntil() throws SqlUnavailableException {
    Instant since = authority.signsAloneSince();
    if (since == null) {
      return null;
    }
    long by = since.plus(SLACK).toEpochMilli() * 1_000_000;
    return sql.read(
        connection -> {
          long renewable = Issued.lastEnd(connection, by);
          long tokens = Tokens.lastEnd(connection, by);
          Instant end = Instant.ofEpochSecond(0, renewable).plus(grace);
          Instant byTokens = Instant.ofEpochSecond(0, tokens);
          Instant later = end.isAfter(byTokens) ? end : byTokens;
          Instant least = since.plus(LEAST);
          return later.isAfter(least) ? later : least;
        });
  }
}
