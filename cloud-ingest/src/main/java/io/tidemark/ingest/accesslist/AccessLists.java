package io.tidemark.ingest.accesslist;

import io.tidemark.identity.Bars;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessList.Secret;
import io.tidemark.wire.AccessList.Site;
import io.tidemark.wire.AccessListCodec;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * The access list, made of what SQL says; kept in memory as long as its version holds. Thread-safe.
 */
public final class AccessLists {
  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest.accesslist");

  private final Sql sql;
  private final Clock clock;
  private volatile Encoded last = new Encoded(AccessList.EMPTY, new byte[0], Bars.NONE);

  /**
   * A list as gateways get it.
   *
   * @param bytes as {@code access.proto} says; not to be changed
   * @param bars those of it, for ingest's own doors
   */
  @SuppressWarnings("ArrayRecordComponent") // it is handed on as it is
  record Encoded(AccessList list, byte[] bytes, Bars bars) {}

  /** Of what is in {@code sql}. */
  public AccessLists(Sql sql, Clock clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /** Who is shut out, as of the last time that the list was read. Does not block. */
  public Bars bars() {
    return last.bars;
  }

  /** The version of the list as it is now. */
  public long version() throws SqlUnavailableException {
    return current().list.version();
  }

  /** Reads the list if there is another; to be called after each change, and at the start. */
  public void refresh() throws SqlUnavailableException {
    Encoded unused = current();
  }

  /** The list as it is now. */
  Encoded current() throws SqlUnavailableException {
    Encoded known = last;
    Encoded now =
        sql.read(
            connection -> {
              long version = AccessVersion.now(connection);
              return version == known.list.version() ? known : encoded(read(connection, version));
            });
    synchronized (this) {
      if (now.list.version() > last.list.version()) {
        last = now;
      }
      return last;
    }
  }

  /**
   * The list as it is now, and above a version that a gateway has: that is the case unless the
   * database comes from a backup, and then the list before is not to hold.
   */
  Encoded above(long version) throws SqlUnavailableException {
    Encoded now = current();
    if (now.list.version() >= version) {
      return now;
    }
    LOG.warnf(
        "a gateway has access list %d, and here it is %d: the database is from before that, and what it says holds",
        version, now.list.version());
    boolean unused =
        sql.write(
            connection -> {
              AccessVersion.raiseAbove(connection, version, clock);
              return true;
            });
    return current();
  }

  /** Who may not come in is told whatever else there is no room for. */
  private static Encoded encoded(AccessList list) {
    byte[] bytes;
    try {
      bytes = AccessListCodec.encode(list);
    } catch (IllegalArgumentException e) {
      LOG.warn(
          "gateways are not told the sites of devices, as the list is too long: " + e.getMessage());
      bytes =
          AccessListCodec.encode(
              new AccessList(list.version(), list.barred(), list.secrets(), List.of()));
    }
    return new Encoded(list, bytes, Bars.of(list));
  }

  /** In the same order each time. */
  private static AccessList read(Connection connection, long version) throws SQLException {
    return new AccessList(version, barred(connection), secrets(connection), sites(connection));
  }

  private static List<Secret> secrets(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT device, MAX(CASE kind WHEN 'password' THEN value ELSE '' END),
                      MAX(CASE kind WHEN 'psk' THEN value ELSE '' END)
                    FROM device_secret GROUP BY device ORDER BY device""")
                .executeQuery()) {
      List<Secret> secrets = new ArrayList<>();
      while (row.next()) {
        byte[] key = row.getString(3).getBytes(StandardCharsets.US_ASCII);
        secrets.add(new Secret(row.getString(1), row.getString(2), key));
      }
      return secrets;
    }
  }

  private static List<Barred> barred(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT role, name, 0 FROM shut_out WHERE to_time IS NULL
                    UNION ALL SELECT role, name, void_before FROM superseded
                      WHERE NOT EXISTS (SELECT 1 FROM shut_out WHERE to_time IS NULL
                        AND shut_out.role = superseded.role AND shut_out.name = superseded.name)
                    ORDER BY 1, 2""")
                .executeQuery()) {
      List<Barred> barred = new ArrayList<>();
      while (row.next()) {
        barred.add(new Barred(row.getString(1), row.getString(2), row.getLong(3)));
      }
      return barred;
    }
  }

  private static List<Site> sites(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with("SELECT site, device FROM device_record WHERE site <> '' ORDER BY 1, 2")
                .executeQuery()) {
      SortedMap<String, List<String>> devices = new TreeMap<>();
      while (row.next()) {
        devices.computeIfAbsent(row.getString(1), site -> new ArrayList<>()).add(row.getString(2));
      }
      return devices.entrySet().stream()
          .map(site -> new Site(site.getKey(), site.getValue()))
          .toList();
    }
  }
}
