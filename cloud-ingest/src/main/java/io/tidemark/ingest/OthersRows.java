package io.tidemark.ingest;

import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.api.LiveEvents;
import io.tidemark.ingest.api.RateMeter;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.replicas.Follower;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.util.List;
import java.util.Set;

/** Tells the rooms of what other ingests have stored. */
final class OthersRows implements Follower {
  private final TimeSeriesStore store;
  private final Ledger ledger;
  private final RateMeter rates;
  private final LiveEvents events;
  private final AccessLists lists;

  OthersRows(
      TimeSeriesStore store, Ledger ledger, RateMeter rates, LiveEvents events, AccessLists lists) {
    this.store = store;
    this.ledger = ledger;
    this.rates = rates;
    this.events = events;
    this.lists = lists;
  }

  @Override
  public void stored(String device, long readings, long fromNanos, long toNanos) {
    ledger.rowsChange();
    store.writtenElsewhere(device, fromNanos, toNanos);
    rates.stored(device, readings);
  }

  @Override
  public void changed(String device) {
    events.committed(List.of(), Set.of(device));
  }

  /** Who is shut out there does not come in here. */
  @Override
  public void looks() throws SqlUnavailableException {
    lists.refresh();
  }

  @Override
  public void missed() {
    ledger.rowsChange();
    store.writtenElsewhere();
  }
}
