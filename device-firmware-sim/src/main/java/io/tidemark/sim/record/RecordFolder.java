package io.tidemark.sim.record;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A folder with a record in it, held by this process alone.
 *
 * <pre>
 * DIR/readings.record   the record
 * DIR/lock              held while a process writes to it, or judges what it wrote
 * DIR/report.html       the page about the last run
 * DIR/hardware/         of an agent that runs beside the devices ({@link HardwareFolder})
 * </pre>
 *
 * <p>Opening creates the record if there is none; else it goes on where the record ends, after
 * cutting off a torn tail.
 */
public final class RecordFolder implements AutoCloseable {
  /** What a folder's name begins with that was made for a record as none was asked for. */
  public static final String UNNAMED_PREFIX = "tidemark-record-";

  /** The page about a run, which lies beside its record unless it was wanted elsewhere. */
  public static final String PAGE_NAME = "report.html";

  static final String LOCK_NAME = "lock";

  /** A record that is being made. */
  static final String NEW_NAME = RecordReader.FILE_NAME + ".new";

  private final FileChannel lockChannel;
  private final FileLock lock;
  private final List<StreamState> streams;
  private final boolean resumed;
  private final Entry.Plan plan;
  private final RecordWriter writer;

  private RecordFolder(
      FileChannel lockChannel,
      FileLock lock,
      Recovery recovery,
      boolean resumed,
      RecordWriter writer)
      throws IOException {
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.plan = recovery.plan();
    this.streams = recovery.streams();
    this.resumed = resumed;
    this.writer = writer;
  }

  /** True if {@code folder} already has a record. */
  public static boolean exists(Path folder) {
    return Files.isRegularFile(folder.resolve(RecordReader.FILE_NAME));
  }

  /**
   * Opens or creates the record in {@code folder}.
   *
   * @param plan settings a new record gets; those an existing one must have been made with. A
   *     setting whose value is {@code *} takes over what the existing record says.
   * @param devices the devices of a new record
   * @param epochs gives each of them its epoch
   * @param onFailure told once, on the writer's thread, when the record cannot be written any more
   * @throws RecordRefusedException if the record is in use or was made with another plan
   * @throws RecordCorruptException if it is damaged
   */
  public static RecordFolder open(
      Path folder,
      Map<String, String> plan,
      List<String> devices,
      Supplier<Long> epochs,
      Consumer<IOException> onFailure)
      throws IOException {
    Files.createDirectories(folder);
    FileChannel lockChannel =
        FileChannel.open(
            folder.resolve(LOCK_NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = lock(folder, lockChannel);
      boolean resumed = exists(folder);
      if (!resumed) {
        create(folder, new Entry.Plan(plan), devices, epochs);
      }
      Recovery recovery = Recovery.read(folder);
      requireSame(folder, plan, recovery.plan().settings());
      RecordWriter writer =
          RecordWriter.open(folder.resolve(RecordReader.FILE_NAME), recovery.end(), onFailure);
      return new RecordFolder(lockChannel, lock, recovery, resumed, writer);
    } catch (IOException | RuntimeException e) {
      lockChannel.close();
      throw e;
    }
  }

  /**
   * Keeps processes from writing to the record in {@code folder} while it is judged, until this is
   * closed. If there is no record, it is for who reads it to say so.
   *
   * @throws RecordRefusedException if one writes to it
   */
  public static Closeable hold(Path folder) throws IOException {
    Path lock = folder.resolve(LOCK_NAME);
    boolean there = Files.exists(lock);
    if (!exists(folder) || !there && !Files.isWritable(folder)) {
      return () -> {}; // nobody can be writing
    }
    Set<StandardOpenOption> how =
        there
            ? Set.of(StandardOpenOption.READ)
            : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    FileChannel channel = FileChannel.open(lock, how);
    try {
      lock(folder, channel, true);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** What the record is a record of. */
  public Map<String, String> settings() {
    return plan.settings();
  }

  /** Where each device stood when the record was opened. */
  public List<StreamState> streams() {
    return streams;
  }

  /** True if there was a record before. */
  public boolean resumed() {
    return resumed;
  }

  /** Appends to the record. Closed with this folder. */
  public RecordWriter writer() {
    return writer;
  }

  /** Writes and fsyncs what is pending and gives the folder back. */
  @Override
  public void close() throws IOException {
    try {
      writer.close();
    } finally {
      lock.release();
      lockChannel.close();
    }
  }

  /** Locks it for this process alone. */
  static FileLock lock(Path folder, FileChannel channel) throws IOException {
    return lock(folder, channel, false);
  }

  private static FileLock lock(Path folder, FileChannel channel, boolean shared)
      throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock(0, Long.MAX_VALUE, shared);
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new RecordRefusedException(
          "the record in "
              + folder
              + " is in use by another process; wait for it or use another folder");
    }
    return lock;
  }

  /**
   * Makes the file under another name first, so that a record is there with its plan and devices or
   * not at all.
   */
  private static void create(
      Path folder, Entry.Plan plan, List<String> devices, Supplier<Long> epochs)
      throws IOException {
    Path made = folder.resolve(NEW_NAME);
    try (FileChannel channel =
        FileChannel.open(
            made,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      writeFully(channel, ByteBuffer.allocate(8).putLong(0, RecordFormat.MAGIC));
      writeFully(channel, ByteBuffer.wrap(RecordFormat.encode(plan)));
      for (int i = 0; i < devices.size(); i++) {
        Entry device = new Entry.Device(i, devices.get(i), epochs.get());
        writeFully(channel, ByteBuffer.wrap(RecordFormat.encode(device)));
      }
      channel.force(true);
    }
    Files.move(made, folder.resolve(RecordReader.FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static void requireSame(
      Path folder, Map<String, String> wanted, Map<String, String> found)
      throws RecordRefusedException {
    // What kind of plan it is comes first: of another kind nothing else is worth comparing.
    Set<String> all = new TreeSet<>(wanted.keySet());
    all.addAll(found.keySet());
    Set<String> names = new LinkedHashSet<>(List.of("plan"));
    names.addAll(all);
    for (String name : names) {
      String mine = wanted.getOrDefault(name, "(not given)");
      String its = found.getOrDefault(name, "(not given)");
      if (!mine.equals(its) && !mine.equals("*")) {
        throw new RecordRefusedException(
            "the record in %s was made with %s %s, but %s is asked for; use the same, or another folder"
                .formatted(folder, name, its, mine));
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
