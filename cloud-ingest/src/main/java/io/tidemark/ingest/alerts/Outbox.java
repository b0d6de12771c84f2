package io.tidemark.ingest.alerts;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What is to be told: written in the transaction that changes the episode, so that neither is
 * without the other, and taken out only when it is delivered or given up.
 */
final class Outbox {
  static final String WAITING = "waiting";
  static final String DELIVERED = "delivered";
  static final String GIVEN_UP = "given up";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SAID_MAX_CHARS = 500;

  private Outbox() {}

  /** For each of a rule's receivers one. */
  static void tell(
      Statements statements, RuleSpec rule, String state, Episode episode, String text, long now)
      throws SQLException {
    List<String> receivers =
        Stream.concat(rule.webhooks().stream(), rule.emails().stream()).toList();
    for (String receiver : receivers) {
      String id = UUID.randomUUID().toString();
      statements.update("UPDATE counter SET value = value + 1 WHERE name = 'alert_notifications'");
      statements.update(
          """
          INSERT INTO alert_notification (number, id, rule, receiver, body, created_at, status, attempts, next_at, done_at,
            said) SELECT value, ?, ?, ?, ?, ?, ?, 0, ?, 0, '' FROM counter WHERE name = 'alert_notifications'""",
          id,
          episode.rule(),
          receiver,
          body(id, rule, state, episode, text, now),
          now,
          WAITING,
          now);
    }
  }

  /** The JSON a receiver gets. */
  static String body(
      String id, RuleSpec rule, String state, Episode episode, String text, long now) {
    ObjectNode body = JSON.createObjectNode();
    body.put("id", id);
    body.put("state", state);
    body.put("at", Words.instant(now).toString());
    body.putObject("rule").put("id", episode.rule()).put("name", rule.name());
    body.put("episode", episode.id());
    body.put("device", episode.device());
    RuleSpec.Threshold limit = rule.threshold();
    if (limit != null) {
      body.put("sensor", episode.sensor());
      body.put("metric", limit.metric());
      body.put("value", episode.value());
      body.put("direction", limit.above() ? "above" : "below");
      body.put("threshold", limit.limit());
    }
    body.put("since", Words.instant(episode.startedAt()).toString());
    Long end = episode.endedAt();
    body.put("until", end == null ? null : Words.instant(end).toString());
    body.put("late", episode.late());
    body.put("text", text);
    return body.toString();
  }

  /** Those due, of each receiver only the first that waits: each is told in order. */
  static List<Notification> due(Connection connection, long now, int limit) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT number, id, rule, receiver, body, created_at, attempts FROM alert_notification n
                    WHERE status = 'waiting' AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM alert_notification earlier
                      WHERE earlier.status = 'waiting' AND earlier.receiver = n.receiver AND earlier.number < n.number)
                    ORDER BY number LIMIT\s"""
                        + limit,
                    now)
                .executeQuery()) {
      List<Notification> due = new ArrayList<>();
      while (row.next()) {
        due.add(
            new Notification(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                row.getString(4),
                row.getString(5),
                row.getLong(6),
                row.getLong(7)));
      }
      return due;
    }
  }

  static void done(
      Statements statements, Notification notification, String status, String said, long now)
      throws SQLException {
    statements.update(
        "UPDATE alert_notification SET status = ?, attempts = attempts + 1, done_at = ?, said = ? WHERE number = ?",
        status,
        now,
        shortened(said),
        notification.number());
  }

  static void again(Statements statements, Notification notification, String said, long nextAt)
      throws SQLException {
    statements.update(
        "UPDATE alert_notification SET attempts = attempts + 1, next_at = ?, said = ? WHERE number = ?",
        nextAt,
        shortened(said),
        notification.number());
  }

  /** How it stands with a receiver of a rule. */
  static List<ReceiverStanding> standings(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT n.rule, n.receiver, n.status, n.attempts, n.next_at, n.done_at, n.said, w.waiting
                    FROM alert_notification n JOIN (SELECT rule, receiver, MAX(number) newest,
                      MIN(CASE WHEN status = 'waiting' THEN number END) oldest,
                      SUM(CASE WHEN status = 'waiting' THEN 1 ELSE 0 END) waiting
                      FROM alert_notification GROUP BY rule, receiver) w
                    ON n.number = COALESCE(w.oldest, w.newest)""")
                .executeQuery()) {
      List<ReceiverStanding> standings = new ArrayList<>();
      while (row.next()) {
        standings.add(
            new ReceiverStanding(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getString(7),
                row.getLong(8)));
      }
      return standings;
    }
  }

  static long waiting(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with("SELECT COUNT(*) FROM alert_notification WHERE status = 'waiting'")
                .executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private static String shortened(String text) {
    return text.length() <= SAID_MAX_CHARS ? text : text.substring(0, SAID_MAX_CHARS);
  }
}
