package io.tidemark.agent.journal;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

/**
 * A store that was found sound, and what is known of it without asking again: the numbering, the
 * closed epochs that still owe something, and the sums. Confined to who holds the journal's store
 * lock.
 */
final class OpenStore {
  /** The database's file name in the journal's folder. */
  static final String FILE = "journal.db";

  private static final Logger log = LoggerFactory.getLogger(OpenStore.class);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  final Store store;
  final Map<Long, EpochState> closed = new LinkedHashMap<>();
  EpochState epoch;
  long bytes;
  long waiting;

  private OpenStore(Store store, EpochState epoch) {
    this.store = store;
    this.epoch = epoch;
  }

  static OpenStore open(JournalSettings settings, Surroundings surroundings)
      throws SQLException, IOException, JournalException {
    Path file = settings.dir().resolve(FILE);
    Store store = soundStore(file, surroundings);
    try {
      OpenStore opened = load(store, settings.device(), surroundings);
      try (FileChannel dir = FileChannel.open(settings.dir(), StandardOpenOption.READ)) {
        dir.force(true); // a new file's name must survive a power cut too
      }
      return opened;
    } catch (SQLException | IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  Transaction transaction(Transaction.Context context) {
    return new Transaction(store, context, epoch, closed, bytes, waiting);
  }

  /** Makes true what has committed. */
  void take(Transaction committed) {
    epoch = committed.epoch;
    closed.clear();
    closed.putAll(committed.closed());
    bytes = committed.bytes;
    waiting = committed.waiting;
  }

  /** At most {@code max} of what is not out, the lowest numbers first; it is out from then on. */
  List<Parcel> take(int max, Pending pending) throws SQLException {
    List<Parcel> taken = new ArrayList<>();
    for (Store.Row row : store.oldest((long) pending.outCount() + max)) {
      if (taken.size() == max) {
        break;
      }
      if (pending.isOut(row.id())) {
        continue;
      }
      pending.out(row.id());
      taken.add(
          new Parcel(
              row.id(),
              deviceOf(row.ordinal()),
              row.count(),
              row.reason() != null,
              store.bytes(row.id())));
    }
    return taken;
  }

  /** The last statuses of closed epochs of which nothing is left, and one of the current epoch. */
  List<StatusNote> statuses() throws SQLException {
    List<StatusNote> notes = new ArrayList<>();
    for (EpochState state : closed.values()) {
      if (store.oldestKept(state.ordinal, state.nextSequence) == state.nextSequence) {
        notes.add(note(state, state.nextSequence, true));
      }
    }
    notes.add(note(epoch, store.oldestKept(epoch.ordinal, epoch.nextSequence), false));
    return notes;
  }

  private static StatusNote note(EpochState state, long oldestKept, boolean last) {
    Batch status = Batch.ofStatus(state.device, state.epoch, state.nextSequence, oldestKept);
    return new StatusNote(state.device, state.ordinal, last, BatchCodec.encode(status));
  }

  private String deviceOf(long ordinal) {
    EpochState state = closed.get(ordinal);
    return state == null ? epoch.device : state.device;
  }

  /** True if epoch {@code ordinal} has given out exactly the numbers below {@code nextSequence}. */
  boolean hasNumbered(long ordinal, long nextSequence) {
    EpochState state = ordinal == epoch.ordinal ? epoch : closed.get(ordinal);
    return state != null && state.nextSequence == nextSequence;
  }

  private static Store soundStore(Path file, Surroundings surroundings)
      throws SQLException, IOException, JournalException {
    String damage;
    Store store = null;
    try {
      store = surroundings.opener().open(file);
      damage = store.damage();
      if (damage == null) {
        refuseForeign(store, file);
        store.prepare();
        return store;
      }
    } catch (SQLException e) {
      damage = e.getMessage();
      if (!isDamage(e)) {
        if (store != null) {
          store.close();
        }
        throw e;
      }
    }
    if (store != null) {
      store.close();
    }
    moveAside(file, String.valueOf(damage), surroundings);
    Store fresh = surroundings.opener().open(file);
    fresh.prepare();
    return fresh;
  }

  private static boolean isDamage(SQLException e) {
    int code = e.getErrorCode() & 0xff; // the low byte of an extended code is the code
    return code == SQLiteErrorCode.SQLITE_CORRUPT.code
        || code == SQLiteErrorCode.SQLITE_NOTADB.code;
  }

  private static void refuseForeign(Store store, Path file) throws SQLException, JournalException {
    int version = store.version();
    if (version > Store.VERSION) {
      store.close();
      throw new JournalException(
          "%s was written by a newer agent (format %d, this one knows %d): install that version, or give this one another journal.dir"
              .formatted(file, version, Store.VERSION));
    }
  }

  /** Never deletes: what is damaged may still be read by somebody with better tools. */
  private static void moveAside(Path file, String damage, Surroundings surroundings)
      throws IOException {
    String suffix = ".corrupt-" + STAMP.format(surroundings.clock().instant());
    for (String part : List.of("", "-wal", "-shm")) {
      Path from = file.resolveSibling(file.getFileName() + part);
      if (Files.exists(from)) {
        Files.move(
            from,
            file.resolveSibling(file.getFileName() + suffix + part),
            StandardCopyOption.ATOMIC_MOVE);
      }
    }
    log.error(
        "The journal {} is damaged ({}) and was moved to {}{}. A new one begins, in a new epoch; readings that were only in the old"
            + " one show as missing. To look for them: sqlite3 {}{} .recover",
        file,
        damage,
        file.getFileName(),
        suffix,
        file,
        suffix);
  }

  private static OpenStore load(Store store, String device, Surroundings surroundings)
      throws SQLException {
    List<Store.EpochRow> rows = store.unfinishedEpochs();
    Store.EpochRow current = rows.isEmpty() ? null : rows.get(rows.size() - 1);
    EpochState state;
    if (current != null && reasonForNewEpoch(current, device, surroundings).isEmpty()) {
      state = stateOf(current, store.lastNanosBySensor());
      if (current.board().isEmpty() && !surroundings.board().isEmpty()) {
        store.saveBoard(current.ordinal(), surroundings.board());
      }
      rows = rows.subList(0, rows.size() - 1);
    } else {
      if (current != null) {
        log.warn("{}: a new epoch begins", reasonForNewEpoch(current, device, surroundings));
      }
      long number = surroundings.mintEpoch();
      long ordinal = store.addEpoch(number, device, surroundings.board());
      state = new EpochState(ordinal, number, device, 0, 0, Map.of());
    }
    OpenStore opened = new OpenStore(store, state);
    for (Store.EpochRow row : rows) {
      if (row.nextSequence() == 0) {
        store.finishEpoch(row.ordinal()); // never numbered anything: nobody knows of it
      } else {
        opened.closed.put(row.ordinal(), stateOf(row, Map.of()));
      }
    }
    Store.Totals totals = store.totals();
    opened.bytes = totals.bytes();
    opened.waiting = totals.waiting();
    return opened;
  }

  private static String reasonForNewEpoch(
      Store.EpochRow row, String device, Surroundings surroundings) {
    String board = surroundings.board();
    if (!row.device().equals(device)) {
      return "The device was called %s and is now called %s".formatted(row.device(), device);
    }
    if (!row.board().isEmpty() && !board.isEmpty() && !row.board().equals(board)) {
      return "The journal was written on the board with serial number %s and is now on %s"
          .formatted(row.board(), board);
    }
    long nowNanos = Math.multiplyExact(surroundings.wallMillis(), 1_000_000L);
    if (nowNanos < row.newestNanos() - JournalSettings.CLOCK_STEP_BACK_MAX.toNanos()) {
      return "The clock is %d s behind the newest reading in the journal"
          .formatted((row.newestNanos() - nowNanos) / 1_000_000_000L);
    }
    return "";
  }

  private static EpochState stateOf(Store.EpochRow row, Map<String, Long> lastNanosBySensor) {
    return new EpochState(
        row.ordinal(),
        row.epoch(),
        row.device(),
        row.nextSequence(),
        row.newestNanos(),
        lastNanosBySensor);
  }
}
