package io.tidemark.ingest.registry;

import io.tidemark.ingest.accesslist.AccessVersion;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The records of all devices, in SQL. Thread-safe; every call asks the database. */
public final class Registry {
  private final Sql sql;
  private final Audit audit;
  private final Clock clock;

  /** The registry in {@code sql}. */
  public Registry(Sql sql, Audit audit, Clock clock) {
    this.sql = sql;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * A record as it was read.
   *
   * @param version how often it had been changed; 0 if never
   */
  public record Versioned(DeviceRecord content, long version) {
    /** Of which nobody has said anything. */
    public static final Versioned NONE = new Versioned(DeviceRecord.EMPTY, 0);
  }

  /** A device's record; the empty one in its version 0 if nobody has said anything yet. */
  public Versioned get(String device) throws SqlUnavailableException {
    return between(device, device).getOrDefault(device, Versioned.NONE);
  }

  /** Records of the devices from {@code first} to {@code last}, both inclusive, by device. */
  public Map<String, Versioned> between(String first, String last) throws SqlUnavailableException {
    return sql.read(connection -> read(connection, first, last));
  }

  /** Devices by label, of all labels. */
  public Map<String, Set<String>> devicesByLabel() throws SqlUnavailableException {
    return sql.read(Registry::readLabels);
  }

  private static Map<String, Set<String>> readLabels(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row = statements.with("SELECT label, device FROM device_label").executeQuery()) {
      Map<String, Set<String>> devices = new HashMap<>();
      while (row.next()) {
        devices.computeIfAbsent(row.getString(1), label -> new HashSet<>()).add(row.getString(2));
      }
      return devices;
    }
  }

  private static Map<String, Versioned> read(Connection connection, String first, String last)
      throws SQLException {
    Map<String, Versioned> records = new HashMap<>();
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT device, version, name, site, location, class, notes FROM device_record
                    WHERE device >= ? AND device <= ?""",
                    first,
                    last)
                .executeQuery();
        ResultSet labels =
            statements
                .with(
                    "SELECT device, label FROM device_label WHERE device >= ? AND device <= ?",
                    first,
                    last)
                .executeQuery()) {
      while (row.next()) {
        DeviceRecord content =
            new DeviceRecord(
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                new TreeSet<>());
        records.put(row.getString(1), new Versioned(content, row.getLong(2)));
      }
      while (labels.next()) {
        Versioned labelled = records.get(labels.getString(1));
        if (labelled != null) {
          labelled.content().labels().add(labels.getString(2));
        }
      }
    }
    return records;
  }

  /**
   * Puts a record in the place of the one that was read in {@code version}.
   *
   * @param actor who does so, for the audit
   * @return the new version; empty if somebody has changed the record meanwhile: then nothing is
   *     changed
   */
  public OptionalLong put(Actor actor, String device, DeviceRecord content, long version)
      throws SqlUnavailableException {
    return sql.write(
        connection -> {
          Versioned before = read(connection, device, device).getOrDefault(device, Versioned.NONE);
          if (!replace(connection, device, content, version)) {
            return OptionalLong.empty();
          }
          label(connection, device, content.labels());
          if (!before.content().site().equals(content.site())) {
            AccessVersion.raise(connection, clock);
          }
          audit.add(connection, actor, What.REGISTRY, device, before.content(), content);
          return OptionalLong.of(version + 1);
        });
  }

  /**
   * Says of a new device where it belongs, in the caller's transaction; of one of which somebody
   * has said something already, nothing.
   */
  public void introduce(Connection connection, String device, String site, SortedSet<String> labels)
      throws SQLException {
    DeviceRecord content = new DeviceRecord("", site, "", "", "", labels);
    if (!content.equals(DeviceRecord.EMPTY) && replace(connection, device, content, 0)) {
      label(connection, device, labels);
      if (!site.isEmpty()) {
        AccessVersion.raise(connection, clock);
      }
    }
  }

  private static void label(Connection connection, String device, SortedSet<String> labels)
      throws SQLException {
    try (Statements statements = new Statements(connection)) {
      statements.update("DELETE FROM device_label WHERE device = ?", device);
      for (String label : labels) {
        statements.update("INSERT INTO device_label (device, label) VALUES (?, ?)", device, label);
      }
    }
  }

  private boolean replace(Connection connection, String device, DeviceRecord content, long version)
      throws SQLException {
    String change =
        version == 0
            ? """
              INSERT INTO device_record (name, site, location, class, notes, changed_at, device, version)
              VALUES (?, ?, ?, ?, ?, ?, ?, ? + 1) ON CONFLICT (device) DO NOTHING"""
            : """
              UPDATE device_record SET name = ?, site = ?, location = ?, class = ?, notes = ?, changed_at = ?,
                version = version + 1
              WHERE device = ? AND version = ?""";
    try (PreparedStatement statement = connection.prepareStatement(change)) {
      statement.setString(1, content.name());
      statement.setString(2, content.site());
      statement.setString(3, content.location());
      statement.setString(4, content.deviceClass());
      statement.setString(5, content.notes());
      statement.setLong(6, clock.millis() * 1_000_000);
      statement.setString(7, device);
      statement.setLong(8, version);
      return statement.executeUpdate() == 1;
    }
  }
}
