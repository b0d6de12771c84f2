package io.tidemark.agent.journal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConfig;

/** Looks into a journal from outside, also while its agent runs. Changes nothing. */
public final class JournalView {
  private static final int BUSY_TIMEOUT_MILLIS = 10_000;

  private JournalView() {}

  /**
   * The sums of one epoch: acknowledged = nextSequence - waiting - dropped.
   *
   * @param nextSequence how many readings were numbered: what the device has produced
   * @param oldestKept lowest number neither acknowledged nor in an acknowledged drop
   * @param waiting readings not yet acknowledged
   * @param dropped readings given up and declared (or about to be), those set aside included
   * @param setAside readings refused by a gateway for good
   * @param undeclared dropped readings whose declaration is not yet acknowledged
   */
  public record Epoch(
      String device,
      long epoch,
      long nextSequence,
      long oldestKept,
      long waiting,
      long dropped,
      long setAside,
      long undeclared) {}

  /**
   * The epochs in the journal in {@code dir}, oldest first.
   *
   * @throws JournalException if there is no journal or it cannot be read
   */
  public static List<Epoch> read(Path dir) throws JournalException {
    Path file = dir.resolve(OpenStore.FILE);
    if (!Files.exists(file)) {
      throw new JournalException(
          "there is no journal in %s: no agent has run with it".formatted(dir));
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    List<Epoch> epochs = new ArrayList<>();
    try (Connection connection = config.createConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT e.device, e.epoch, e.next_sequence,
                  coalesce((SELECT min(first) FROM batch b WHERE b.ordinal = e.ordinal), e.next_sequence),
                  coalesce((SELECT sum(count) FROM batch b WHERE b.ordinal = e.ordinal AND reason IS NULL), 0),
                  e.dropped, e.set_aside,
                  coalesce((SELECT sum(count) FROM batch b WHERE b.ordinal = e.ordinal AND reason IS NOT NULL), 0)
                FROM epoch e ORDER BY e.ordinal
                """)) {
      while (rows.next()) {
        epochs.add(
            new Epoch(
                rows.getString(1),
                rows.getLong(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5),
                rows.getLong(6),
                rows.getLong(7),
                rows.getLong(8)));
      }
      return epochs;
    } catch (SQLException e) {
      throw new JournalException(
          "the journal in %s cannot be read: %s. It must be readable, and its folder writable, by this user"
              .formatted(dir, e.getMessage()),
          e);
    }
  }
}
