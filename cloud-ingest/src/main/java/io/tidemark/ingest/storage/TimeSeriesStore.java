package io.tidemark.ingest.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.LongConsumer;

/**
 * The port to the database that keeps readings as rows. Implementations run {@code
 * TimeSeriesStoreContract}.
 *
 * <p>A row's key is (time, device, sensor, epoch, sequence). Doubles come back bit for bit, times
 * to the nanosecond, texts character by character, and an absent metric is absent.
 *
 * <p>Constructors do no I/O: a store that is away shows in {@link #check} and in {@link
 * StoreUnavailableException}, and comes back by itself. Thread-safe; of two {@link #write} at a
 * time no row of one has the key of a row of the other.
 */
public interface TimeSeriesStore extends AutoCloseable {
  /** Most rows one {@link #read} returns. */
  int READ_MAX_ROWS = 10_000;

  /** Told of every row, in no order. */
  @FunctionalInterface
  interface RowVisitor {
    /**
     * A row of this epoch and number exists. Called once a row, so more than once for a number that
     * was doubled.
     */
    void row(EpochKey key, long sequence);
  }

  /** Told of values. */
  @FunctionalInterface
  interface SampleVisitor {
    /** A sensor's value at a time, in nanoseconds since 1970 UTC. */
    void sample(String device, String sensor, long timeNanos, double value);
  }

  /**
   * Writes rows and returns when they are durable (they survive the process and the power) and can
   * be read. All but the refused ones: those will never be taken, and are returned with the reason.
   *
   * @throws StoreUnavailableException if it is not known that all are durable; any part of them may
   *     be there
   */
  List<Refusal> write(List<Row> rows) throws StoreUnavailableException;

  /**
   * Rows of a device ascending by {@link RowPosition}, at most {@code query.limit()}; fewer means
   * there are no more.
   */
  List<Row> read(ReadQuery query) throws StoreUnavailableException;

  /**
   * Names of the metrics that the rows have which a query is about, however many they are. Where it
   * goes on behind a place, those of all rows of that place's time may be among them.
   */
  SortedSet<String> metrics(ReadQuery query) throws StoreUnavailableException;

  /**
   * The newest row of each of a device's sensors (one of them if several have the same time), by
   * sensor and kind.
   */
  List<Row> latest(String device) throws StoreUnavailableException;

  /**
   * The rows that have these numbers, in no order; a number whose row lies outside the query's
   * times is not found.
   */
  List<Row> numbers(NumberQuery query) throws StoreUnavailableException;

  /**
   * Numeric metrics by interval, ordered by sensor, metric and index; intervals without values are
   * left out.
   */
  List<Bucket> aggregate(AggregateQuery query) throws StoreUnavailableException;

  /**
   * The same, but newest first, and of as much as can be summed up within a time: who asks again
   * gets more, if it is not all. A store that does not remember what it was asked takes the time it
   * needs, and answers all.
   *
   * @param within how long that may take from now on, about: what has been begun is ended
   */
  default SummedUp aggregate(AggregateQuery query, Duration within)
      throws StoreUnavailableException {
    return SummedUp.all(query, aggregate(query));
  }

  /**
   * The same of chosen metrics of any devices: by series, ordered by index. A series without values
   * in that time is absent, whether or not there is such a device, sensor or metric.
   */
  Map<SeriesName, List<Bucket>> aggregate(SeriesQuery query) throws StoreUnavailableException;

  /**
   * Where numbers lie in time: the lowest and the highest of each epoch and interval that has rows,
   * by epoch and index. Of the query, {@code maxBuckets} bounds the result.
   */
  List<NumberSpan> spans(AggregateQuery query) throws StoreUnavailableException;

  /**
   * Visits every value of one numeric metric within some devices and a time, each once. A series'
   * values need not come in the order of their times, nor together.
   */
  void samples(SampleQuery query, SampleVisitor visitor) throws StoreUnavailableException;

  /**
   * Another ingest may have written rows of a device with times (nanoseconds since 1970 UTC) from
   * one to another, both inclusive: what is remembered of these is not to be relied on. To be told
   * before anything is written that depends on them.
   */
  default void writtenElsewhere(String device, long fromNanos, long toNanos) {}

  /** The same of all devices and times. */
  default void writtenElsewhere() {}

  /** Visits every row there is; takes time in proportion to their number, and constant memory. */
  void scan(RowVisitor visitor) throws StoreUnavailableException;

  /**
   * Copies all rows, if they are in files of this process, into a folder that is made; in that
   * folder a store of the same kind opens with them. Nothing is written meanwhile.
   *
   * @param first done when nothing is written any more, before anything is copied
   * @param copied told of each file's bytes
   * @return false, with nothing done, if rows are kept by a server
   */
  default boolean copyTo(Path folder, CopyStep first, LongConsumer copied)
      throws IOException, StoreUnavailableException {
    return false;
  }

  /** What is done before a copy. */
  @FunctionalInterface
  interface CopyStep {
    /** Does it. */
    void run() throws IOException;
  }

  /**
   * Says whether the store would work now.
   *
   * @throws StoreUnavailableException why not
   */
  void check() throws StoreUnavailableException;

  /** Releases what it holds. What {@link #write} returned from stays. */
  @Override
  void close();
}
