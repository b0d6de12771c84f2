package io.tidemark.ingest.access;

import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.SqlUnavailableException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Failed logins for the audit, summed up so that whoever guesses cannot fill it: of each user and
 * address the first is a line at once, and those of the minute after it are one more. Thread-safe.
 */
final class FailedLogins {
  /** Users and addresses counted apart; beyond, all others are one. */
  static final int APART_MAX = 500;

  static final Duration TOGETHER = Duration.ofMinutes(1);

  /** What was tried may be a password typed into the wrong field: it is not kept. */
  static final String UNKNOWN_USER = "(no such user)";

  private static final Key OTHERS = new Key("(several)", "");

  private record Key(String user, String address) {}

  private record Sum(long sinceMillis, int more) {}

  private final Audit audit;
  private final Clock clock;
  private final Map<Key, Sum> sums = new HashMap<>();

  FailedLogins(Audit audit, Clock clock) {
    this.audit = audit;
    this.clock = clock;
  }

  /** Counts one. */
  void add(String user, String address) throws SqlUnavailableException {
    flush(TOGETHER);
    Key key = new Key(user, address);
    boolean isFirst;
    synchronized (sums) {
      if (!sums.containsKey(key) && sums.size() >= APART_MAX) {
        key = OTHERS;
      }
      Sum sum = sums.get(key);
      isFirst = sum == null;
      sums.put(
          key,
          sum == null ? new Sum(clock.millis(), 0) : new Sum(sum.sinceMillis(), sum.more() + 1));
    }
    if (isFirst) {
      write(key, 1);
    }
  }

  /** Writes what was summed up since longer ago than this. */
  void flush(Duration age) throws SqlUnavailableException {
    List<Map.Entry<Key, Sum>> over = new ArrayList<>();
    synchronized (sums) {
      long before = clock.millis() - age.toMillis();
      sums.entrySet()
          .removeIf(
              entry -> {
                boolean isOver = entry.getValue().sinceMillis() <= before;
                if (isOver) {
                  over.add(Map.entry(entry.getKey(), entry.getValue()));
                }
                return isOver;
              });
    }
    for (Map.Entry<Key, Sum> entry : over) {
      if (entry.getValue().more() > 0) {
        write(entry.getKey(), entry.getValue().more());
      }
    }
  }

  private void write(Key key, int failures) throws SqlUnavailableException {
    audit.add(
        new Actor(Actor.NOBODY, key.address()),
        What.LOGIN_FAILED,
        key.user(),
        Map.of("failures", failures));
  }
}
