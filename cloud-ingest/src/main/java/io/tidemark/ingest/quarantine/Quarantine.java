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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The quarantine, in SQL. The same reading of the same bytes is one item, however often it comes.
 * One thread adds, any may list.
 */
public final class Quarantine {
  /** Most items of a page: each carries its payload, up to 1 MiB. */
  public static final int PAGE_MAX_ITEMS = 100;

  private static final int DETAIL_MAX_CHARS = 500;

  private static final String COLUMNS =
      """
      SELECT i.id, i.device, i.epoch, i.sequence, i.reason, i.detail, i.received_at, LENGTH(p.bytes), %s
      FROM quarantine_item i JOIN quarantine_payload p ON p.sha256 = i.sha256
      """;

  private static final String SELECT = COLUMNS.formatted("p.bytes");
  private static final String SELECT_WITHOUT_PAYLOAD = COLUMNS.formatted("NULL");

  /** Default of {@code maxItems}. */
  public static final long MAX_ITEMS = 1_000_000;

  /** Default of {@code maxBytes}: 1 GiB of payloads, each counted once. */
  public static final long MAX_BYTES = 1L << 30;

  /** Items that go at a time when it is full. */
  private static final int OVERFLOW_MAX_ITEMS = 1_000;

  private final Sql sql;
  private final long maxItems;
  private final long maxBytes;

  /**
   * A quarantine in {@code sql}.
   *
   * @param maxItems items it holds, at most
   * @param maxBytes bytes of payloads it holds, at most
   */
  public Quarantine(Sql sql, long maxItems, long maxBytes) {
    this.sql = sql;
    this.maxItems = maxItems;
    this.maxBytes = maxBytes;
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
    if (known.size() < suspects.size()) {
      resize(connection, (long) suspects.size() - known.size(), 0, 0);
    }
    return known;
  }

  /**
   * The bound costs no count: its sides are kept beside every change.
   *
   * @param gone the item that is taken away, else 0: its number is never given again
   */
  private static void resize(Connection connection, long items, long bytes, long gone)
      throws SQLException {
    try (PreparedStatement size =
        connection.prepareStatement(
            """
            UPDATE quarantine_size SET items = items + ?, bytes = bytes + ?,
              last_id = CASE WHEN last_id < ? THEN ? ELSE last_id END""")) {
      size.setLong(1, items);
      size.setLong(2, bytes);
      size.setLong(3, gone);
      size.setLong(4, gone);
      size.executeUpdate();
    }
  }

  private static void addPayload(Connection connection, String sha, byte[] bytes)
      throws SQLException {
    try (PreparedStatement payload =
        connection.prepareStatement(
            "INSERT INTO quarantine_payload (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
      payload.setString(1, sha);
      payload.setBytes(2, bytes);
      if (payload.executeUpdate() > 0) {
        resize(connection, 0, bytes.length, 0);
      }
    }
  }

  private static boolean addItem(Connection connection, Suspect suspect, String sha)
      throws SQLException {
    try (PreparedStatement item =
        connection.prepareStatement(
            """
            INSERT INTO quarantine_item (id, device, epoch, sequence, reason, detail, received_at, sha256, identity)
            SELECT MAX(n.id) + 1, ?, CAST(? AS BIGINT), CAST(? AS BIGINT), ?, ?, ?, ?, ?
            FROM (SELECT (SELECT MAX(id) FROM quarantine_item) AS id UNION ALL SELECT last_id FROM quarantine_size) n
            WHERE true ON CONFLICT (identity) DO NOTHING""")) {
      item.setString(1, suspect.device());
      Sql.setLong(item, 2, suspect.epoch());
      Sql.setLong(item, 3, suspect.sequence());
      item.setString(4, suspect.reason().code());
      item.setString(5, shortened(suspect.detail()));
      item.setLong(6, suspect.receivedAtNanos());
      item.setString(7, sha);
      item.setString(8, identity(suspect, sha));
      if (item.executeUpdate() > 0) {
        return true;
      }
    }
    // It is here already; the rules may have changed since.
    try (PreparedStatement item =
        connection.prepareStatement(
            "UPDATE quarantine_item SET reason = ?, detail = ? WHERE identity = ? AND reason <> ?")) {
      item.setString(1, suspect.reason().code());
      item.setString(2, shortened(suspect.detail()));
      item.setString(3, identity(suspect, sha));
      item.setString(4, suspect.reason().code());
      item.executeUpdate();
    }
    return false;
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
   * Takes an item away, and its payload if no other item came in it.
   *
   * @return empty if there is no such item; else whether no other item has its number
   */
  public Optional<Boolean> remove(Connection connection, Quarantined item) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("DELETE FROM quarantine_item WHERE id = ?")) {
      statement.setLong(1, item.id());
      if (statement.executeUpdate() == 0) {
        return Optional.empty();
      }
    }
    long bytes = 0;
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            DELETE FROM quarantine_payload WHERE sha256 = ? AND NOT EXISTS
              (SELECT 1 FROM quarantine_item i WHERE i.sha256 = quarantine_payload.sha256)""")) {
      statement.setString(1, sha256(item.payload()));
      bytes = statement.executeUpdate() > 0 ? item.payload().length : 0;
    }
    resize(connection, -1, -bytes, item.id());
    return Optional.of(isLastOfItsNumber(connection, item));
  }

  private static boolean isLastOfItsNumber(Connection connection, Quarantined item)
      throws SQLException {
    Long epoch = item.epoch();
    Long sequence = item.sequence();
    if (epoch == null || sequence == null) {
      return true;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT 1 FROM quarantine_item WHERE device = ? AND epoch = ? AND sequence = ?")) {
      statement.setString(1, item.device());
      statement.setLong(2, epoch);
      statement.setLong(3, sequence);
      try (ResultSet row = statement.executeQuery()) {
        return !row.next();
      }
    }
  }

  /** The oldest items, if there are more than the bounds allow, as many as have to go. */
  public List<Quarantined> overflow(Connection connection) throws SQLException {
    long items;
    long bytes;
    try (PreparedStatement statement =
            connection.prepareStatement("SELECT items, bytes FROM quarantine_size");
        ResultSet row = statement.executeQuery()) {
      row.next();
      items = row.getLong(1) - maxItems;
      bytes = row.getLong(2) - maxBytes;
    }
    List<Quarantined> going = new ArrayList<>();
    if (items <= 0 && bytes <= 0) {
      return going;
    }
    try (PreparedStatement statement =
            connection.prepareStatement(
                SELECT + "WHERE i.id > 0 ORDER BY i.id LIMIT " + OVERFLOW_MAX_ITEMS);
        ResultSet rows = statement.executeQuery()) {
      while ((items > 0 || bytes > 0) && rows.next()) {
        Quarantined item = item(rows);
        going.add(item);
        items--;
        bytes -= item.payload().length;
      }
    }
    return going;
  }

  /** One item. */
  public Optional<Quarantined> find(long id) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(SELECT + "WHERE i.id = ?")) {
            statement.setLong(1, id);
            try (ResultSet rows = statement.executeQuery()) {
              return rows.next() ? Optional.of(item(rows)) : Optional.empty();
            }
          }
        });
  }

  /** Selected items, oldest first, within bounds (but at least one). */
  public List<Quarantined> oldest(Selection selection, int maxCount, long maxSize)
      throws SqlUnavailableException {
    String device = selection.device();
    String query =
        SELECT
            + "WHERE i.reason = ? AND i.id > ? AND i.id <= ?"
            + (device == null ? "" : " AND i.device = ?")
            + " ORDER BY i.id LIMIT "
            + maxCount;
    return sql.read(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, selection.reason().code());
            statement.setLong(2, selection.after());
            statement.setLong(3, selection.upTo());
            if (device != null) {
              statement.setString(4, device);
            }
            List<Quarantined> items = new ArrayList<>();
            long size = 0;
            try (ResultSet rows = statement.executeQuery()) {
              while (size < maxSize && rows.next()) {
                Quarantined item = item(rows);
                items.add(item);
                size += item.payload().length;
              }
            }
            return items;
          }
        });
  }

  /** How many items there are, and how many bytes their payloads have in all. */
  public record Size(long items, long bytes) {}

  /** How full it is. */
  public Size size() throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (PreparedStatement statement =
                  connection.prepareStatement("SELECT items, bytes FROM quarantine_size");
              ResultSet row = statement.executeQuery()) {
            row.next();
            return new Size(row.getLong(1), row.getLong(2));
          }
        });
  }

  /** Items it holds, at most. */
  public long maxItems() {
    return maxItems;
  }

  /** Bytes of payloads it holds, at most. */
  public long maxBytes() {
    return maxBytes;
  }

  /**
   * The items by reason; only reasons that have any.
   *
   * @param device only of this device, or null for all
   * @param nowNanos the end of what {@link Group#perHour} counts, nanoseconds since 1970 UTC
   */
  public List<Group> groups(@Nullable String device, long nowNanos) throws SqlUnavailableException {
    return sql.read(connection -> new GroupSql(connection, device).groups(nowNanos));
  }

  /**
   * Items, newest first.
   *
   * @param device only of this device, or null for all
   * @param reason only with this reason, or null for all
   * @param before only with a lower id
   * @param limit 1 to {@link #PAGE_MAX_ITEMS}
   * @param withPayload false to leave the bytes where they are
   */
  public List<Quarantined> list(
      @Nullable String device, @Nullable Reason reason, long before, int limit, boolean withPayload)
      throws SqlUnavailableException {
    String query =
        ((withPayload ? SELECT : SELECT_WITHOUT_PAYLOAD)
                + "WHERE i.id < ?%s%s ORDER BY i.id DESC LIMIT %d")
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
    byte[] payload = row.getBytes(9);
    return new Quarantined(
        row.getLong(1),
        row.getString(2),
        Sql.nullableLong(row, 3),
        Sql.nullableLong(row, 4),
        row.getString(5),
        row.getString(6),
        row.getLong(7),
        row.getInt(8),
        payload == null ? new byte[0] : payload);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
