package io.tidemark.sim.csv;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * As a pattern of {@link DateTimeFormatter} says, with English names; a day without a time is its
 * midnight. Immutable.
 */
final class PatternTime implements TimeFormat {
  private static final ZonedDateTime SAMPLE =
      ZonedDateTime.of(2006, 11, 22, 15, 34, 45, 0, ZoneOffset.UTC);
  private static final Pattern LITERAL = Pattern.compile("'[^']*'");
  private static final Pattern TIME_OF_DAY = Pattern.compile("[HhKkmsSaAnNB]");

  private final String pattern;
  private final ZoneId zone;
  private final DateTimeFormatter formatter;

  /**
   * @throws IllegalArgumentException if it is no pattern, or one that does not name a moment
   */
  PatternTime(String pattern, ZoneId zone) {
    this.pattern = pattern;
    this.zone = zone;
    this.formatter = formatter(pattern);
    TemporalAccessor sample;
    try {
      sample = formatter.parse(formatter.format(SAMPLE));
    } catch (DateTimeException e) {
      throw wrong(pattern, "what it writes cannot be read with it");
    }
    if (sample.query(TemporalQueries.localDate()) == null) {
      throw wrong(pattern, "it does not say the day (a year is y, a month M, a day d)");
    }
    if (sample.query(TemporalQueries.localTime()) == null
        && TIME_OF_DAY.matcher(LITERAL.matcher(pattern).replaceAll("")).find()) {
      throw wrong(pattern, "it does not say the hour (H counts 0 to 23; h needs an a)");
    }
  }

  @Override
  public long millis(String text) throws MalformedCellException {
    try {
      TemporalAccessor parsed = formatter.parse(text);
      LocalDate day = parsed.query(TemporalQueries.localDate());
      LocalTime time = parsed.query(TemporalQueries.localTime());
      ZoneId told = parsed.query(TemporalQueries.zone());
      return TimeFormat.shown(
          LocalDateTime.of(day, time == null ? LocalTime.MIDNIGHT : time),
          told == null ? zone : told,
          text);
    } catch (DateTimeException e) {
      throw new MalformedCellException(
          "a time is like %s, as the pattern %s says, but is %s"
              .formatted(
                  Cells.quoted(formatter.format(SAMPLE)),
                  Cells.quoted(pattern),
                  Cells.quoted(text)));
    }
  }

  /** Strict, so that a 30th of February is none. */
  private static DateTimeFormatter formatter(String pattern) {
    try {
      return new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern(pattern.indexOf('G') >= 0 ? pattern : withPlainYears(pattern))
          .toFormatter(Locale.US)
          .withResolverStyle(ResolverStyle.STRICT);
    } catch (IllegalArgumentException e) {
      throw wrong(pattern, String.valueOf(e.getMessage()));
    }
  }

  /** What is strict takes y for a year of an era, and u for what everybody means by y. */
  private static String withPlainYears(String pattern) {
    StringBuilder plain = new StringBuilder(pattern);
    boolean literal = false;
    for (int i = 0; i < plain.length(); i++) {
      if (plain.charAt(i) == '\'') {
        literal = !literal;
      } else if (plain.charAt(i) == 'y' && !literal) {
        plain.setCharAt(i, 'u');
      }
    }
    return plain.toString();
  }

  private static IllegalArgumentException wrong(String pattern, String why) {
    return new IllegalArgumentException(
        "--time: a format is iso, epoch-s, epoch-ms, epoch-us, epoch-ns or a pattern like yyyy-MM-dd HH:mm:ss, but %s is none: %s"
            .formatted(Cells.quoted(pattern), why));
  }
}
