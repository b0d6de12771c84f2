package io.tidemark.ingest.quarantine;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts the quarantine by reason. One reason at a time, so that each query walks one stretch of an
 * index that has all it asks for; the quarantine's bound is the bound of what is walked.
 */
final class GroupSql {
  private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Connection connection;
  private final @Nullable String device;
  private final String where;

  /** Counts only items of {@code device}, or all if that is null. */
  GroupSql(Connection connection, @Nullable String device) {
    this.connection = connection;
    this.device = device;
    where = "FROM quarantine_item WHERE reason = ?" + (device == null ? "" : " AND device = ?");
  }

  /** Those that have any, in the order of {@link Reason}. */
  List<Group> groups(long nowNanos) throws SQLException {
    List<Group> groups = new ArrayList<>();
    for (Reason reason : Reason.values()) {
      Group group = group(reason, nowNanos);
      if (group != null) {
        groups.add(group);
      }
    }
    return groups;
  }

  private @Nullable Group group(Reason reason, long nowNanos) throws SQLException {
    String count =
        "SELECT COALESCE(SUM(items), 0), COUNT(*) FROM (SELECT COUNT(*) AS items %s GROUP BY device) d";
    long items;
    long devices;
    try (PreparedStatement statement = prepare(count.formatted(where), reason, 1);
        ResultSet row = statement.executeQuery()) {
      row.next();
      items = row.getLong(1);
      devices = row.getLong(2);
    }
    if (items == 0) {
      return null;
    }
    String ends =
        "SELECT (SELECT MAX(id) %1$s), (SELECT MIN(received_at) %1$s), (SELECT MAX(received_at) %1$s)";
    try (PreparedStatement statement = prepare(ends.formatted(where), reason, 3);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return new Group(
          reason,
          items,
          devices,
          row.getLong(1),
          row.getLong(2),
          row.getLong(3),
          perHour(reason, Math.floorDiv(nowNanos, HOUR_NANOS)));
    }
  }

  /** What a gateway whose clock is ahead has received later than now counts as now. */
  private List<Long> perHour(Reason reason, long thisHour) throws SQLException {
    List<Long> counts = new ArrayList<>(Collections.nCopies(Group.HOURS, 0L));
    long firstHour = thisHour - Group.HOURS + 1;
    String hours =
        "SELECT received_at / %d, COUNT(*) %s AND received_at >= ? GROUP BY 1"
            .formatted(HOUR_NANOS, where);
    try (PreparedStatement statement = prepare(hours, reason, 1)) {
      statement.setLong(device == null ? 2 : 3, firstHour * HOUR_NANOS);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          int index = (int) (Math.min(rows.getLong(1), thisHour) - firstHour);
          counts.set(index, counts.get(index) + rows.getLong(2));
        }
      }
    }
    return List.copyOf(counts);
  }

  /** A statement in which {@link #where} is there that many times, before all else. */
  private PreparedStatement prepare(String sql, Reason reason, int times) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    int index = 1;
    for (int i = 0; i < times; i++) {
      statement.setString(index++, reason.code());
      if (device != null) {
        statement.setString(index++, device);
      }
    }
    return statement;
  }
}
