package io.tidemark.ingest.sql;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which SQL database, and who logs in.
 *
 * @param url a JDBC URL of SQLite or PostgreSQL
 * @param user who logs in at PostgreSQL; null: whom the URL names
 * @param passwordFile a file with that user's password, read at each new connection; null: none is
 *     needed
 */
public record SqlSettings(String url, @Nullable String user, @Nullable Path passwordFile) {
  static final String SQLITE_PREFIX = "jdbc:sqlite:";
  static final String POSTGRESQL_PREFIX = "jdbc:postgresql:";

  private static final Pattern PASSWORD = Pattern.compile("[?&](ssl)?password=");

  /** Who logs in, before the host of whatever scheme; a file's name may have such a sign. */
  private static final Pattern USER_INFO = Pattern.compile("^(?!jdbc:sqlite:)([^?]*|.*//[^/=]*)@");

  /**
   * Checked settings.
   *
   * @throws IllegalArgumentException that says what to do, and nothing of a password, if the URL is
   *     of no known database, or has one in it
   */
  public SqlSettings {
    String lower = url.toLowerCase(Locale.ROOT);
    if (PASSWORD.matcher(lower).find() || USER_INFO.matcher(lower).find()) {
      throw new IllegalArgumentException(
          "tidemark.sql.url has a password or a user before an @ in it, which would be seen wherever the URL is: put the password into a file that tidemark.sql.password-file names, and the user into tidemark.sql.user");
    }
    if (!url.startsWith(SQLITE_PREFIX) && !url.startsWith(POSTGRESQL_PREFIX)) {
      throw new IllegalArgumentException(
          "tidemark.sql.url must begin with %s or %s, which it does not"
              .formatted(SQLITE_PREFIX, POSTGRESQL_PREFIX));
    }
    if (url.startsWith(SQLITE_PREFIX) && (user != null || passwordFile != null)) {
      throw new IllegalArgumentException(
          "tidemark.sql.user and tidemark.sql.password-file are for PostgreSQL, but tidemark.sql.url is "
              + url);
    }
  }

  Database database() {
    return url.startsWith(SQLITE_PREFIX) ? new Sqlite(url) : new Postgres(this);
  }
}
