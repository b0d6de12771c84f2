package io.tidemark.agent.journal;

import io.tidemark.wire.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What the journal asks of the machine it runs on; tests put their own in its place.
 *
 * @param clock the wall clock
 * @param monotonicNanos a clock that only goes forward
 * @param board the board's serial number, empty if it has none
 * @param opener opens the database file
 */
record Surroundings(
    InstantSource clock, LongSupplier monotonicNanos, String board, StoreOpener opener) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Path BOARD_SERIAL = Path.of("/proc/device-tree/serial-number");

  /** Opens a store on a file. */
  interface StoreOpener {
    Store open(Path file) throws SQLException;
  }

  /** The machine itself. */
  static Surroundings real() {
    return new Surroundings(
        InstantSource.system(), System::nanoTime, boardSerial(BOARD_SERIAL), Store::new);
  }

  /**
   * Reads a device tree's serial number: text, ended by a zero byte. Empty where there is none (not
   * a Raspberry Pi).
   */
  static String boardSerial(Path file) {
    if (!Files.isReadable(file)) {
      return "";
    }
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).replace("\0", "").trim();
    } catch (IOException e) {
      return ""; // unknown: then the journal is taken to be on its own board
    }
  }

  long wallMillis() {
    return clock.millis();
  }

  /** A new epoch: random, 1 to 2^53 - 1. */
  long mintEpoch() {
    return RANDOM.nextLong(1, Limits.NUMBER_MAX + 1);
  }
}
