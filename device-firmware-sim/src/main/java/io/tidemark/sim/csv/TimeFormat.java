package io.tidemark.sim.csv;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;

/** How times are written. Implementations are immutable. */
interface TimeFormat {
  /** Names the times that come if nothing is told. */
  String ISO = "iso";

  /** The first year whose every moment is a number of nanoseconds since 1970 that 64 bits hold. */
  int FIRST_YEAR = 1678;

  /** The last such year. */
  int LAST_YEAR = 2261;

  /** When the first of these years begins in UTC. */
  Instant FIRST = Instant.parse(FIRST_YEAR + "-01-01T00:00:00Z");

  /** When the last of them has ended. */
  Instant END = Instant.parse((LAST_YEAR + 1) + "-01-01T00:00:00Z");

  /** Milliseconds since 1970 in UTC; what is finer is cut off. */
  long millis(String text) throws MalformedCellException;

  /**
   * The format of that name ({@code iso}, {@code epoch-s}, {@code epoch-ms}, {@code epoch-us},
   * {@code epoch-ns}), or with that pattern of {@link java.time.format.DateTimeFormatter}.
   *
   * @param zone of times that do not say one
   * @throws IllegalArgumentException if it is neither
   */
  static TimeFormat of(String format, ZoneId zone) {
    if (format.equals(ISO)) {
      return new IsoTime(zone);
    }
    TimeFormat epoch = EpochTime.named(format);
    return epoch != null ? epoch : new PatternTime(format, zone);
  }

  /**
   * When clocks in a zone showed a time: the first time, if they showed it twice because they were
   * put back.
   *
   * @throws MalformedCellException if they never did, as they were put forward
   */
  static long shown(LocalDateTime time, ZoneId zone, String text) throws MalformedCellException {
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(time);
    if (offsets.isEmpty()) {
      throw new MalformedCellException(
          "clocks in %s were put forward and never showed %s; if the file's were not, tell their offset, as in --zone %s"
              .formatted(
                  zone.getId(),
                  Cells.quoted(text),
                  zone.getRules().getTransition(time).getOffsetBefore()));
    }
    return inRange(time.toInstant(offsets.get(0)), text);
  }

  /** Its milliseconds, if the platform can store it. */
  static long inRange(Instant time, String text) throws MalformedCellException {
    // An instant may be in a year that no date can have.
    if (time.isBefore(FIRST) || !time.isBefore(END)) {
      throw new MalformedCellException(
          "a time must be in the years %d to %d, but is %s"
              .formatted(FIRST_YEAR, LAST_YEAR, Cells.quoted(text)));
    }
    return time.toEpochMilli();
  }
}
