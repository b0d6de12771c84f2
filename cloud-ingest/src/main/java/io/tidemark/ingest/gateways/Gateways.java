package io.tidemark.ingest.gateways;

import io.tidemark.ingest.gateways.GatewaySql.Row;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.ReportCodec;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gateways that have reported: how each says it is, since when one is not heard of, and what
 * changed. All of it is in SQL, so that any ingest knows what was told to another; times are
 * ingest's own, so no gateway's clock is believed.
 *
 * <p>Bounded: beyond {@link #CLUSTER_MAX_GATEWAYS} gateways of a cluster, or {@link #MAX_GATEWAYS}
 * in all, the one that has been silent for longest gives way; where none is silent, the newcomer is
 * refused. A gateway that its cluster's members do not name any more is forgotten once it is
 * silent.
 *
 * <p>Thread-safe.
 */
public final class Gateways {
  /** Gateways kept of one cluster; five of them can be members at a time. */
  public static final int CLUSTER_MAX_GATEWAYS = 64;

  /** Gateways kept of all clusters. */
  public static final int MAX_GATEWAYS = 1_024;

  /** How many of its own intervals a gateway may miss before it counts as silent. */
  public static final int SILENT_AFTER_INTERVALS = 3;

  /** The same in time at least, for short intervals. */
  public static final Duration SILENT_AFTER_MIN = Duration.ofSeconds(2);

  /** Most changes of a page. */
  public static final int PAGE_MAX = 1_000;

  private final Sql sql;
  private final Clock clock;
  private final int maxChanges;
  private final long maxAgeNanos;

  /** Before this nobody could be heard here. */
  private final long listeningSince;

  /**
   * Those in {@code sql}.
   *
   * @param maxChanges changes kept; the oldest go first
   * @param maxAge how long a change is kept
   */
  public Gateways(Sql sql, Clock clock, int maxChanges, Duration maxAge) {
    this.sql = sql;
    this.clock = clock;
    this.maxChanges = maxChanges;
    this.maxAgeNanos = maxAge.toNanos();
    this.listeningSince = now();
  }

  private long now() {
    return TimeUnit.MILLISECONDS.toNanos(clock.millis());
  }

  /**
   * Keeps a report in the place of the one before.
   *
   * @throws TooManyGatewaysException if there is no room for one more gateway
   */
  public void keep(GatewayReport report) throws SqlUnavailableException, TooManyGatewaysException {
    long now = now();
    String full =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                return new Step(connection, statements, now).keep(report);
              }
            });
    if (!full.isEmpty()) {
      throw new TooManyGatewaysException(full);
    }
  }

  /**
   * Notices who is not heard of any more, and forgets who has not been for as long as changes are
   * kept. To be called every few seconds.
   */
  public void look() throws SqlUnavailableException {
    long now = now();
    List<Row> rows = sql.read(connection -> GatewaySql.rows(connection, null));
    List<Row> quiet = rows.stream().filter(row -> isQuiet(row, now) && !isSilent(row)).toList();
    List<Row> gone = rows.stream().filter(row -> isSilent(row) && isOld(row, now)).toList();
    if (quiet.isEmpty() && gone.isEmpty()) {
      return;
    }
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            new Step(connection, statements, now).silence(quiet);
            for (Row row : gone) {
              GatewaySql.delete(statements, row);
            }
            GatewaySql.deleteLeadersOfNobody(statements);
            return true;
          }
        });
  }

  /** All, by cluster and name. */
  public List<KnownGateway> all() throws SqlUnavailableException {
    long now = now();
    return sql.read(connection -> GatewaySql.rows(connection, null)).stream()
        .map(
            row ->
                new KnownGateway(
                    row.report(),
                    row.heardAtNanos(),
                    isSilent(row) || isQuiet(row, now)
                        ? GatewayState.SILENT
                        : GatewayState.of(row.report())))
        .toList();
  }

  /**
   * Changes, newest first.
   *
   * @param from earliest time, nanoseconds since 1970 UTC
   * @param to end, exclusive
   * @param before only with a lower id
   * @param limit 1 to {@link #PAGE_MAX}
   */
  public List<GatewayChange> changes(long from, long to, long before, int limit)
      throws SqlUnavailableException {
    long oldest = Math.max(from, now() - maxAgeNanos);
    return sql.read(connection -> GatewaySql.changes(connection, oldest, to, before, limit));
  }

  /** The last change before a time of each gateway and of each group: what held then. */
  public List<GatewayChange> standing(long from) throws SqlUnavailableException {
    long oldest = now() - maxAgeNanos;
    return sql.read(connection -> GatewaySql.standing(connection, from, oldest));
  }

  private static boolean isSilent(Row row) {
    return row.state().equals(GatewayState.SILENT.code());
  }

  /** As long ago as changes are kept: nothing is left to tell of it. */
  private boolean isOld(Row row, long now) {
    return now - row.heardAtNanos() > maxAgeNanos;
  }

  private boolean isQuiet(Row row, long now) {
    long after =
        Math.max(
            SILENT_AFTER_MIN.toNanos(),
            SILENT_AFTER_INTERVALS * TimeUnit.MILLISECONDS.toNanos(row.report().intervalMillis()));
    return now - Math.max(row.heardAtNanos(), listeningSince) > after;
  }

  /** What is done in one transaction. */
  private final class Step {
    private final Connection connection;
    private final Statements statements;
    private final long now;

    Step(Connection connection, Statements statements, long now) {
      this.connection = connection;
      this.statements = statements;
      this.now = now;
    }

    /** Returns why there is no room; empty if it is kept. */
    String keep(GatewayReport report) throws SQLException {
      List<Row> rows = new ArrayList<>(GatewaySql.rows(connection, report.cluster()));
      @Nullable Row before = named(rows, report.gateway());
      if (before == null) {
        String full = makeRoom(report.cluster(), rows);
        if (!full.isEmpty()) {
          return full;
        }
      }
      rows.remove(before);
      GatewayState state = GatewayState.of(report);
      Row row = new Row(report.gateway(), now, state.code(), report);
      GatewaySql.put(statements, row, ReportCodec.encode(report));
      if (before == null || !before.state().equals(state.code())) {
        changed(row, state.code(), report.detail());
      }
      forget(report, rows);
      rows.add(row);
      compareLeaders(report.cluster(), rows);
      return "";
    }

    void silence(List<Row> quiet) throws SQLException {
      for (Row row : quiet) {
        if (GatewaySql.setState(statements, row, GatewayState.SILENT.code())) {
          changed(row, GatewayChange.SILENT, "");
        }
      }
      for (String cluster : new TreeSet<>(quiet.stream().map(Row::cluster).toList())) {
        compareLeaders(cluster, GatewaySql.rows(connection, cluster));
      }
    }

    private static @Nullable Row named(List<Row> rows, String gateway) {
      for (Row row : rows) {
        if (row.gateway().equals(gateway)) {
          return row;
        }
      }
      return null;
    }

    private String makeRoom(String cluster, List<Row> rows) throws SQLException {
      if (rows.size() >= CLUSTER_MAX_GATEWAYS) {
        return giveWay(rows)
            ? ""
            : "%d gateways of cluster %s report already, which is as many as are kept of one"
                .formatted(rows.size(), cluster);
      }
      List<Row> all = GatewaySql.rows(connection, null);
      return all.size() < MAX_GATEWAYS || giveWay(all)
          ? ""
          : "%d gateways report already, which is as many as are kept".formatted(all.size());
    }

    /** Forgets the one that has been silent for longest; false if none is. */
    private boolean giveWay(List<Row> rows) throws SQLException {
      @Nullable Row longest =
          rows.stream()
              .filter(Gateways::isSilent)
              .min(Comparator.comparingLong(Row::heardAtNanos))
              .orElse(null);
      if (longest == null) {
        return false;
      }
      GatewaySql.delete(statements, longest);
      GatewaySql.deleteLeadersOfNobody(statements);
      rows.remove(longest);
      return true;
    }

    /** Forgets who is silent and, as this report says, not of the cluster any more. */
    private void forget(GatewayReport report, List<Row> others) throws SQLException {
      for (Row row : List.copyOf(others)) {
        if (isSilent(row)
            && report.generation() >= row.report().generation()
            && !report.members().contains(row.gateway())) {
          GatewaySql.delete(statements, row);
          others.remove(row);
          changed(row, GatewayChange.LEFT, "");
        }
      }
    }

    private void compareLeaders(String cluster, List<Row> rows) throws SQLException {
      List<Row> heard = rows.stream().filter(row -> !isSilent(row)).toList();
      Map<String, Leader> now = Leader.among(heard.stream().map(Row::report).toList());
      Map<String, Leader> before = GatewaySql.leaders(connection, cluster);
      for (Map.Entry<String, Leader> entry : now.entrySet()) {
        @Nullable Leader known = before.remove(entry.getKey());
        if (known == null || entry.getValue().isNews(known)) {
          leads(cluster, entry.getKey(), entry.getValue(), known);
        }
      }
      for (Map.Entry<String, Leader> unnamed : before.entrySet()) {
        if (!heard.isEmpty()) {
          GatewaySql.deleteLeader(statements, cluster, unnamed.getKey());
          changed(cluster, unnamed.getKey(), GatewayChange.ENDED, unnamed.getValue());
        } else if (!unnamed.getValue().gateway().isEmpty()) {
          leads(
              cluster,
              unnamed.getKey(),
              new Leader("", unnamed.getValue().term()),
              unnamed.getValue());
        }
      }
    }

    private void leads(String cluster, String group, Leader leader, @Nullable Leader before)
        throws SQLException {
      GatewaySql.putLeader(statements, cluster, group, leader);
      if (leader.gateway().isEmpty()) {
        String last = before == null ? "" : before.gateway();
        changed(cluster, group, GatewayChange.LEADERLESS, new Leader(last, leader.term()));
      } else {
        changed(cluster, group, GatewayChange.LEADS, leader);
      }
    }

    private void changed(String cluster, String group, String change, Leader leader)
        throws SQLException {
      add(new GatewayChange(0, now, cluster, leader.gateway(), group, change, leader.term(), ""));
    }

    private void changed(Row row, String change, String detail) throws SQLException {
      add(new GatewayChange(0, now, row.cluster(), row.gateway(), "", change, 0, detail));
    }

    private void add(GatewayChange change) throws SQLException {
      GatewaySql.add(statements, change, maxChanges, now - maxAgeNanos);
    }
  }
}
