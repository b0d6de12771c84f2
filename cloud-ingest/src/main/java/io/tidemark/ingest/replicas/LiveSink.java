package io.tidemark.ingest.replicas;

import io.tidemark.ingest.storage.Row;
import java.util.List;

/** Where the readings of all ingests go, in one order, while somebody listens at this one. */
public interface LiveSink {
  /**
   * What comes from now on begins with the reading of this number, whatever came before.
   *
   * @param ledger the name of the ledger whose readings they are
   */
  void begin(String ledger, long number);

  /** These became rows; the first of them has this number, the others those behind it. */
  void readings(long number, List<Row> rows);

  /** What came is not known up to the reading before this number. */
  void missed(long number);

  /** Whether anybody listens. */
  boolean hasListeners();
}
