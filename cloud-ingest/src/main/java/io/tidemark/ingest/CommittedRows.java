package io.tidemark.ingest;

import io.tidemark.ingest.alerts.Alerts;
import io.tidemark.ingest.api.LiveEvents;
import io.tidemark.ingest.api.RateMeter;
import io.tidemark.ingest.intake.IntakeListener;
import io.tidemark.ingest.replicas.ChangeFeed;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** Tells the rooms of what this ingest has stored, and other ingests by the log of changes. */
final class CommittedRows implements IntakeListener {
  private final ChangeFeed feed;
  private final RateMeter rates;
  private final LiveEvents events;
  private final Alerts alerts;

  CommittedRows(ChangeFeed feed, RateMeter rates, LiveEvents events, Alerts alerts) {
    this.feed = feed;
    this.rates = rates;
    this.events = events;
    this.alerts = alerts;
  }

  @Override
  public void beginning() throws SqlUnavailableException {
    feed.beginning();
  }

  @Override
  public void committing(Connection connection, List<Row> rows, Set<String> devices)
      throws SQLException {
    feed.note(connection, rows, devices);
  }

  @Override
  public void committed(List<Row> rows, Set<String> devices) {
    rates.stored(rows);
    events.committed(feed.isShared() ? List.of() : rows, devices);
    alerts.stored(rows);
    feed.committed();
  }
}
