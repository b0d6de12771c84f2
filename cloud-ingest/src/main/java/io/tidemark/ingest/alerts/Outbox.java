package io.tidemark.ingest.alerts;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What is to be told: written in the transaction that changes the episode, so that neither is
 * without the other, and taken out only when it is delivered or given up.
 */
final class Outbox {
  static final String WAITING = "waiting";
  static final String DELIVERED = "delivered";
  static final String GIVEN_UP = "given up";

  /** Notifications that wait for a receiver; beyond it the oldest are given up. */
  static final int WAITING_MAX = 1_000;

  /** Notifications kept that were delivered or given up; the oldest go first. */
  static final int KEPT_MAX = 100_000;

  static final String TOO_MANY =
      "of more than " + WAITING_MAX + " that wait for it the oldest are given up";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SAID_MAX_CHARS = 500;

  private Outbox() {}

  /** For each of a rule's receivers one. */
  static void tell(
      Statements statements, RuleSpec rule, String state, Episode episode, String text, long now)
      throws SQLException {
    for (String receiver : rule.receivers()) {
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

  /**
   * Receivers for whom something is due; those first whose last attempt did not fail, for each of
   * those that do not answer takes its time; then those that wait longest.
   */
  static List<String> due(Connection connection, long now, int limit) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT receiver FROM alert_notification WHERE next_at <= ? AND number IN
                      (SELECT MIN(number) FROM alert_notification WHERE status = 'waiting' GROUP BY receiver)
                    ORDER BY CASE WHEN attempts = 0 THEN 0 ELSE 1 END, next_at, number LIMIT\s"""
                        + limit,
                    now)
                .executeQuery()) {
      List<String> due = new ArrayList<>();
      while (row.next()) {
        due.add(row.getString(1));
      }
      return due;
    }
  }

  /**
   * What a receiver is told next, if it is due: the first that waits, for each is told in order.
   */
  static Optional<Notification> next(Connection connection, String receiver, long now)
      throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT number, id, rule, receiver, body, created_at, attempts, next_at FROM alert_notification
                    WHERE status = 'waiting' AND receiver = ? ORDER BY number LIMIT 1""",
                    receiver)
                .executeQuery()) {
      if (!row.next() || row.getLong(8) > now) {
        return Optional.empty();
      }
      return Optional.of(
          new Notification(
              row.getLong(1),
              row.getString(2),
              row.getLong(3),
              row.getString(4),
              row.getString(5),
              row.getLong(6),
              row.getLong(7)));
    }
  }

  /** Gives up the oldest that wait for a receiver, so that no more wait than may; how many. */
  static int giveUpOldest(Connection connection, String receiver, long now) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      return statements.update(
          """
          UPDATE alert_notification SET status = ?, done_at = ?, said = ? WHERE status = 'waiting' AND receiver = ?
            AND number <= (SELECT number FROM alert_notification WHERE status = 'waiting' AND receiver = ?
              ORDER BY number DESC LIMIT 1 OFFSET\s"""
              + WAITING_MAX
              + ")",
          GIVEN_UP,
          now,
          TOO_MANY,
          receiver,
          receiver);
    }
  }

  /** Deletes what was delivered or given up before a time, and what is too much; how many. */
  static int tidy(Statements statements, long before) throws SQLException {
    return statements.update(
        """
        DELETE FROM alert_notification WHERE status <> 'waiting' AND (done_at < ? OR number <=
          (SELECT number FROM alert_notification WHERE status <> 'waiting' ORDER BY number DESC LIMIT 1 OFFSET\s"""
            + KEPT_MAX
            + "))",
        before);
  }

  /**
   * It is delivered or given up. Once it is, it stays so, whatever comes of an attempt that was
   * under way meanwhile; but what was given up may have arrived after all.
   */
  static void done(
      Statements statements, Notification notification, String status, String said, long now)
      throws SQLException {
    statements.update(
        """
        UPDATE alert_notification SET status = ?, attempts = attempts + 1, done_at = ?, said = ?
        WHERE number = ? AND (status = 'waiting' OR (status = 'given up' AND ? = 'delivered'))""",
        status,
        now,
        shortened(said),
        notification.number(),
        status);
  }

  /** It is tried again, if it waits still. */
  static void again(Statements statements, Notification notification, String said, long nextAt)
      throws SQLException {
    statements.update(
        "UPDATE alert_notification SET attempts = attempts + 1, next_at = ?, said = ?"
            + " WHERE number = ? AND status = 'waiting'",
        nextAt,
        shortened(said),
        notification.number());
  }

  /** How it stands with each of these rules' receivers that was ever told something. */
  static List<ReceiverStanding> standings(Connection connection, List<Rule> rules)
      throws SQLException {
    List<ReceiverStanding> standings = new ArrayList<>();
    try (Statements statements = new Statements(connection)) {
      for (Rule rule : rules) {
        for (String receiver : rule.spec().receivers()) {
          standing(statements, rule.id(), receiver).ifPresent(standings::add);
        }
      }
    }
    return standings;
  }

  private static Optional<ReceiverStanding> standing(
      Statements statements, long rule, String receiver) throws SQLException {
    long all;
    long ofRule;
    try (ResultSet row =
        statements
            .with(
                """
                SELECT COUNT(*), COUNT(CASE WHEN rule = ? THEN 1 END) FROM alert_notification
                WHERE status = 'waiting' AND receiver = ?""",
                rule,
                receiver)
            .executeQuery()) {
      row.next();
      all = row.getLong(1);
      ofRule = row.getLong(2);
    }
    String which = ofRule > 0 ? "AND status = 'waiting' ORDER BY number" : "ORDER BY number DESC";
    try (ResultSet row =
        statements
            .with(
                "SELECT status, attempts, next_at, done_at, said FROM alert_notification"
                    + " WHERE rule = ? AND receiver = ? "
                    + which
                    + " LIMIT 1",
                rule,
                receiver)
            .executeQuery()) {
      if (!row.next()) {
        return Optional.empty();
      }
      String said = row.getString(5);
      String more = said.isEmpty() ? TOO_MANY : said + "; " + TOO_MANY;
      return Optional.of(
          new ReceiverStanding(
              rule,
              receiver,
              row.getString(1),
              row.getLong(2),
              row.getLong(3),
              row.getLong(4),
              ofRule > 0 && all >= WAITING_MAX ? more : said,
              ofRule));
    }
  }

  /** How many wait for each receiver. */
  static Map<String, Long> waiting(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT receiver, COUNT(*) FROM alert_notification WHERE status = 'waiting' GROUP BY receiver")
                .executeQuery()) {
      Map<String, Long> waiting = new HashMap<>();
      while (row.next()) {
        waiting.put(row.getString(1), row.getLong(2));
      }
      return waiting;
    }
  }

  private static String shortened(String text) {
    return text.length() <= SAID_MAX_CHARS ? text : text.substring(0, SAID_MAX_CHARS);
  }
}
