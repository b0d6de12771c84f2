package io.tidemark.ingest.quarantine;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The quarantine, in SQL. The same reading of the same bytes is one item, however often it comes.
 * One thread adds, any may list.
 */
public final class Quarantine {
  /** Most items of a page: each carries its payload, up to 1 MiB. */
  public static final int PAGE_MAX_ITEMS = 100;

  private static final int DETAIL_MAX_CHARS = 500;

  private final Sql sql;

  /** A quarantine in {@code sql}. */
  public Quarantine(Sql sql) {
    this.sql = sql;
  }

  /**
   * Adds within a transaction.
   *
   * @return those that were there already
   */
  public List<Suspect> add(Connection connection, List<Suspect> suspects) throws SQLException {
    IdentityHashMap<byte[], String> hashes =
        new IdentityHashMap<>(); // many readings share their bytes
    List<Suspect> known = new ArrayList<>();
    for (Suspect suspect : suspects) {
      String sha = hashes.get(suspect.payload());
      if (sha == null) {
        sha = sha256(suspect.payload());
        hashes.put(suspect.payload(), sha);
        addPayload(connection, sha, suspect.payload());
      }
      if (!addItem(connection, suspect, sha)) {
        known.add(suspect);
      }
    }
    return known;
  }

  private static void addPayload(Connection connection, String sha, byte[] bytes)
      throws SQLException {
    try (PreparedStatement payload =
        connection.prepareStatement(
            "INSERT INTO quarantine_payload (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
      payload.setString(1, sha);
      payload.setBytes(2, bytes);
      payload.executeUpdate();
    }
  }

  private static boolean addItem(Connection connection, Suspect suspect, String sha)
      throws SQLException {
    try (PreparedStatement item =
        connection.prepareStatement(
            """
            INSERT INTO quarantine_item (id, device, epoch, sequence, reason, detail, received_at, sha256, identity)
            SELECT COALESCE(MAX(id), 0) + 1, ?, CAST(? AS BIGINT), CAST(? AS BIGINT), ?, ?, ?, ?, ? FROM quarantine_item
            WHERE true ON CONFLICT (identity) DO NOTHING""")) {
      item.setString(1, suspect.device());
      setLong(item, 2, suspect.epoch());
      setLong(item, 3, suspect.sequence());
      item.setString(4, suspect.reason().code());
      item.setString(5, shortened(suspect.detail()));
      item.setLong(6, suspect.receivedAtNanos());
      item.setString(7, sha);
      item.setString(8, identity(suspect, sha));
      return item.executeUpdate() > 0;
    }
  }

  private static void setLong(PreparedStatement statement, int index, @Nullable Long value)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, Types.BIGINT);
    } else {
      statement.setLong(index, value);
    }
  }

  /**
   * A reading is one item however often its bytes come; a whole payload is one for each time a
   * device sent it.
   */
  private static String identity(Suspect suspect, String sha) {
    String text =
        suspect.sequence() == null
            ? "%s/%s/%d/%d"
                .formatted(suspect.device(), sha, suspect.receivedAtNanos(), suspect.occurrence())
            : "%s/%s/#%d".formatted(suspect.device(), sha, suspect.sequence());
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String shortened(String detail) {
    return detail.length() <= DETAIL_MAX_CHARS
        ? detail
        : detail.substring(0, DETAIL_MAX_CHARS - 3) + "...";
  }

  /**
   * Items, newest first.
   *
   * @param device only of this device, or null for all
   * @param reason only with this reason, or null for all
   * @param before only with a lower id
   * @param limit 1 to {@link #PAGE_MAX_ITEMS}
   */
  public List<Quarantined> list(
      @Nullable String device, @Nullable Reason reason, long before, int limit)
      throws SqlUnavailableException {
    String query =
        """
        SELECT i.id, i.device, i.epoch, i.sequence, i.reason, i.detail, i.received_at, p.bytes
        FROM quarantine_item i JOIN quarantine_payload p ON p.sha256 = i.sha256
        WHERE i.id < ?%s%s ORDER BY i.id DESC LIMIT %d"""
            .formatted(
                device == null ? "" : " AND i.device = ?",
                reason == null ? "" : " AND i.reason = ?",
                Math.min(limit, PAGE_MAX_ITEMS));
    return sql.read(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(query)) {
            int index = 1;
            statement.setLong(index++, before);
            if (device != null) {
              statement.setString(index++, device);
            }
            if (reason != null) {
              statement.setString(index, reason.code());
            }
            List<Quarantined> items = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                items.add(item(rows));
              }
            }
            return items;
          }
        });
  }

  private static Quarantined item(ResultSet row) throws SQLException {
    return new Quarantined(
        row.getLong(1),
        row.getString(2),
        nullable(row, 3),
        nullable(row, 4),
        row.getString(5),
        row.getString(6),
        row.getLong(7),
        row.getBytes(8));
  }

  private static @Nullable Long nullable(ResultSet row, int index) throws SQLException {
    long value = row.getLong(index);
    return row.wasNull() ? null : value;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
