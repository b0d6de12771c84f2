package io.tidemark.sim.verify;

import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds a device's readings by their time to the millisecond. Reads each batch once to see which
 * times it has, and holds some 50 bytes of it. Not thread-safe.
 */
final class ContentIndex {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * A reading that was produced.
   *
   * @param place its place among all of the device's readings, from 0
   * @param expected what its row has to say, but for the nanoseconds within the millisecond
   */
  record Produced(StreamIndex stream, long number, int place, Reading expected) {}

  /** A batch, and the milliseconds between which its readings are. */
  private record Span(long from, long to, int stream, int batch) {}

  private final List<StreamIndex> streams;

  /** Ordered by their beginnings; see them as a tree, each part's middle above its halves. */
  private final List<Span> spans = new ArrayList<>();

  /** By span, the latest end in the part of which it is the middle. */
  private final long[] latest;

  private final int[] offsets;

  ContentIndex(List<StreamIndex> streams) throws IOException {
    this.streams = streams;
    this.offsets = new int[streams.size() + 1];
    for (int s = 0; s < streams.size(); s++) {
      StreamIndex stream = streams.get(s);
      offsets[s + 1] = Math.toIntExact(offsets[s] + stream.nextSequence());
      for (int batch = 0; batch < stream.batches(); batch++) {
        spans.add(span(stream, s, batch));
      }
    }
    spans.sort(Comparator.comparingLong(Span::from));
    latest = new long[spans.size()];
    fill(0, spans.size());
  }

  private static Span span(StreamIndex stream, int number, int batch) throws IOException {
    long from = Long.MAX_VALUE;
    long to = Long.MIN_VALUE;
    for (Reading reading : stream.readings(batch)) {
      long millis = millis(reading.timeNanos());
      from = Math.min(from, millis);
      to = Math.max(to, millis);
    }
    return new Span(from, to, number, batch);
  }

  private long fill(int begin, int end) {
    if (begin == end) {
      return Long.MIN_VALUE;
    }
    int middle = (begin + end) >>> 1;
    long beside = Math.max(fill(begin, middle), fill(middle + 1, end));
    latest[middle] = Math.max(spans.get(middle).to(), beside);
    return latest[middle];
  }

  /** How many readings there are. */
  int size() {
    return offsets[streams.size()];
  }

  /** The place of a stream's first reading. */
  int offset(int stream) {
    return offsets[stream];
  }

  /** The reading at a place. */
  Produced at(int place) throws IOException {
    int stream = 0;
    while (place >= offsets[stream + 1]) {
      stream++;
    }
    long number = (long) place - offsets[stream];
    Reading expected = streams.get(stream).stored(number);
    if (expected == null) {
      throw new IllegalArgumentException("there are %d readings, not %d".formatted(size(), place));
    }
    return new Produced(streams.get(stream), number, place, expected);
  }

  /** The readings, of any sensor, of the millisecond that a time is in. */
  List<Produced> around(long timeNanos) throws IOException {
    List<Produced> found = new ArrayList<>(1);
    collect(0, spans.size(), millis(timeNanos), found);
    return found;
  }

  private void collect(int begin, int end, long millis, List<Produced> found) throws IOException {
    int middle = (begin + end) >>> 1;
    if (begin == end || latest[middle] < millis) {
      return;
    }
    collect(begin, middle, millis, found);
    Span span = spans.get(middle);
    if (span.from() > millis) {
      return; // what follows begins later still
    }
    if (span.to() >= millis) {
      collect(span, millis, found);
    }
    collect(middle + 1, end, millis, found);
  }

  private void collect(Span span, long millis, List<Produced> found) throws IOException {
    StreamIndex stream = streams.get(span.stream());
    long number = stream.first(span.batch());
    for (Reading reading : stream.readings(span.batch())) {
      if (millis(reading.timeNanos()) == millis) {
        found.add(at(Math.toIntExact(offsets[span.stream()] + number)));
      }
      number++;
    }
  }

  static long millis(long nanos) {
    return Math.floorDiv(nanos, NANOS_PER_MILLI);
  }
}
