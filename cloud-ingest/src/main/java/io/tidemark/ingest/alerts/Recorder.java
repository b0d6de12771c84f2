package io.tidemark.ingest.alerts;

import io.tidemark.ingest.sql.Statements;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Brings the recorded episodes of a series to what the readings say, and puts what is new to the
 * receivers into the outbox. Whatever was recorded before, the episodes that are not withdrawn are
 * those found; only who was told what on the way differs.
 */
final class Recorder {
  /** What began so long before it was found was shown by readings that came late. */
  static final long LATE_NANOS = 60_000_000_000L;

  static final String FIRING = "firing";
  static final String ENDED = "ended";
  static final String WITHDRAWN = "withdrawn";

  private static final String CORRECTED = "corrected by readings that came late";

  private final Statements statements;
  private final long now;

  Recorder(Statements statements, long now) {
    this.statements = statements;
    this.now = now;
  }

  void record(Found found) throws SQLException {
    Rule rule = found.rule();
    List<Episode> recorded =
        new ArrayList<>(EpisodeSql.of(statements, rule.id(), found.series(), found.from()));
    recorded.removeIf(episode -> episode.end() <= rule.judgedSinceNanos());
    for (Span span : found.spans()) {
      if (span.end() < found.from() || span.end() <= rule.judgedSinceNanos()) {
        continue;
      }
      Episode known =
          recorded.stream()
              .filter(episode -> span.meets(episode.startedAt(), episode.end()))
              .findFirst()
              .orElse(null);
      if (known == null) {
        begin(rule, found.series(), span);
      } else {
        recorded.remove(known);
        change(rule, known, span, found.from());
      }
    }
    for (Episode episode : recorded) {
      if (episode.startedAt() >= found.from()) {
        withdraw(rule, episode);
      }
    }
  }

  private void begin(Rule rule, Series series, Span span) throws SQLException {
    boolean late = isLate(rule, span.start(), now);
    Episode episode =
        new Episode(
            UUID.randomUUID().toString(),
            rule.id(),
            rule.spec().name(),
            series.device(),
            series.sensor(),
            rule.spec().metric(),
            span.start(),
            span.isOpen() ? null : span.end(),
            value(span),
            now,
            late,
            false,
            late ? "the readings came late" : "");
    EpisodeSql.insert(statements, episode);
    if (span.isOpen()) {
      tell(rule, FIRING, episode, Words.firing(rule.spec(), episode));
    } else {
      tell(rule, ENDED, episode, Words.ended(rule.spec(), episode));
    }
  }

  private static boolean isLate(Rule rule, long start, long found) {
    return rule.spec().threshold() != null
        && found - start > LATE_NANOS
        && start >= rule.judgedSinceNanos();
  }

  private static @Nullable Double value(Span span) {
    return Double.isNaN(span.value()) ? null : span.value();
  }

  private void change(Rule rule, Episode known, Span span, long from) throws SQLException {
    long start = known.startedAt() >= from ? span.start() : known.startedAt();
    @Nullable Long end = span.isOpen() ? null : span.end();
    boolean ends = known.endedAt() == null && end != null;
    boolean goesOn = known.endedAt() != null && end == null;
    if (start == known.startedAt() && known.end() == span.end()) {
      return;
    }
    boolean begins = start != known.startedAt(); // otherwise than was recorded
    String note = ends && !begins ? known.note() : CORRECTED;
    Episode changed =
        new Episode(
            known.id(),
            known.rule(),
            known.ruleName(),
            known.device(),
            known.sensor(),
            known.metric(),
            start,
            end,
            begins ? value(span) : known.value(),
            known.foundAt(),
            begins ? isLate(rule, start, known.foundAt()) : known.late(),
            false,
            note);
    EpisodeSql.update(statements, changed);
    if (ends) {
      tell(rule, ENDED, changed, Words.ended(rule.spec(), changed));
    } else if (goesOn) {
      tell(rule, FIRING, changed, Words.firing(rule.spec(), changed));
    }
  }

  private void withdraw(Rule rule, Episode episode) throws SQLException {
    Long end = episode.endedAt();
    EpisodeSql.update(
        statements,
        episode.withdrawn(
            end == null ? now : end,
            "withdrawn: readings that came late show that it did not fire"));
    tell(rule, WITHDRAWN, episode, Words.withdrawn(rule.spec(), episode));
  }

  /** Ends what fires now for a reason that is not in the readings. */
  void end(Rule rule, Episode episode, String why) throws SQLException {
    Episode ended = episode.ended(now, why);
    EpisodeSql.update(statements, ended);
    tell(rule, ENDED, ended, Words.ended(rule.spec(), ended));
  }

  private void tell(Rule rule, String state, Episode episode, String text) throws SQLException {
    Outbox.tell(statements, rule.spec(), state, episode, text, now);
  }
}
