package io.tidemark.sim.record;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a record file in groups: while one group is written and fsynced, entries collect into
 * the next.
 *
 * <p>Thread-safe. One thread of its own writes, and runs what waits for durability; that must be
 * short and never wait. After a failed write or fsync nothing is written any more: what the disk
 * then holds is not known.
 */
public final class RecordWriter implements AutoCloseable {
  /** Most bytes that may wait for the disk before producing has to wait: 8 MiB. */
  static final int PENDING_MAX_BYTES = 8 << 20;

  /** How long entries collect before a group is written: 5 ms. Bounds fsyncs to 200 a second. */
  private static final long GATHER_MILLIS = 5;

  private final FileChannel channel;
  private final Consumer<IOException> onFailure;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private List<byte[]> pending = new ArrayList<>();
  private List<Runnable> waiting = new ArrayList<>();
  private long pendingBytes;

  /** Where the next entry will begin. */
  private long end;

  private boolean closing;
  private @Nullable IOException failure;

  private RecordWriter(FileChannel channel, long end, Consumer<IOException> onFailure) {
    this.channel = channel;
    this.end = end;
    this.onFailure = onFailure;
    this.thread = new Thread(this::writeGroups, "record-writer");
    thread.setDaemon(true);
  }

  static RecordWriter open(Path file, long end, Consumer<IOException> onFailure)
      throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      channel.truncate(end);
      channel.force(true);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    RecordWriter writer = new RecordWriter(channel, end, onFailure);
    writer.thread.start();
    return writer;
  }

  /**
   * Records a batch. Waits while {@link #PENDING_MAX_BYTES} wait for the disk, so it is not for
   * event loops.
   *
   * @param whenDurable run on the writer's thread once the batch is fsynced, with the offset of its
   *     bytes; not run if that never happens
   * @throws IOException if the record cannot be written any more
   */
  public void produced(int stream, long first, int count, byte[] batch, Consumer<Long> whenDurable)
      throws IOException, InterruptedException {
    byte[] entry = RecordFormat.encode(new Entry.Produced(stream, first, count, false, 0, batch));
    lock.lockInterruptibly();
    try {
      while (pendingBytes >= PENDING_MAX_BYTES && failure == null) {
        changed.await();
      }
      if (failure != null) {
        throw unwritable(failure);
      }
      long offset = append(entry) + RecordFormat.BATCH_OFFSET;
      waiting.add(() -> whenDurable.accept(offset));
    } finally {
      lock.unlock();
    }
  }

  /** Records a batch that declares a drop; otherwise like {@link #produced}, but never waits. */
  public void dropMade(
      int stream, long first, int count, byte[] batch, Consumer<Long> whenDurable) {
    byte[] entry = RecordFormat.encode(new Entry.Produced(stream, first, count, true, 0, batch));
    lock.lock();
    try {
      long offset = append(entry) + RecordFormat.BATCH_OFFSET;
      waiting.add(() -> whenDurable.accept(offset));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Records an acknowledgement. Never waits: if it is lost in a crash, the batch is sent again,
   * which is harmless.
   */
  public void acknowledged(int stream, long first, int count, boolean drop) {
    appendSoon(new Entry.Acknowledged(stream, first, count, drop));
  }

  /**
   * Records that a batch was refused for good. Never waits.
   *
   * @param code as the protocol says it: {@code 0x99}, {@code 4.00}
   */
  public void refused(int stream, long first, int count, String code, String reason) {
    appendSoon(new Entry.Refused(stream, first, count, code, reason));
  }

  /**
   * Records that a device goes on in another epoch. Never waits; what is recorded afterwards is
   * behind it.
   *
   * @param stream the next number that is free
   * @param whenDurable run on the writer's thread once that is fsynced, before what is recorded
   *     later; not run if that never happens
   */
  public void epochBegan(int stream, String device, long epoch, Runnable whenDurable) {
    byte[] entry = RecordFormat.encode(new Entry.Device(stream, device, epoch));
    lock.lock();
    try {
      append(entry);
      waiting.add(whenDurable);
    } finally {
      lock.unlock();
    }
  }

  /** Reads a batch's bytes back. They must be durable. */
  public byte[] read(long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offset + bytes.position()) < 0) {
        throw new EOFException("the record ends inside the batch at byte " + offset);
      }
    }
    return bytes.array();
  }

  /** Writes and fsyncs what is pending, then closes the file. */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the record was being closed", e);
    }
    channel.close();
    if (failure != null) {
      throw unwritable(failure);
    }
  }

  private void appendSoon(Entry entry) {
    byte[] bytes = RecordFormat.encode(entry);
    lock.lock();
    try {
      append(bytes);
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. Returns where the entry begins. */
  private long append(byte[] entry) {
    if (pending.isEmpty()) {
      byte[] placeForMark = new byte[RecordFormat.MARK_BYTES];
      pending.add(placeForMark);
      end += placeForMark.length;
      pendingBytes += placeForMark.length;
    }
    long offset = end;
    pending.add(entry);
    end += entry.length;
    pendingBytes += entry.length;
    changed.signalAll();
    return offset;
  }

  private void writeGroups() {
    try {
      long written = channel.size();
      while (true) {
        List<byte[]> group;
        List<Runnable> durable;
        lock.lock();
        try {
          if (!awaitGroup()) {
            return;
          }
          group = pending;
          durable = waiting;
          pending = new ArrayList<>();
          waiting = new ArrayList<>();
          pendingBytes = 0;
          changed.signalAll();
        } finally {
          lock.unlock();
        }
        group.set(0, RecordFormat.encodeMark(written));
        written += write(group, written);
        channel.force(false);
        durable.forEach(Runnable::run);
      }
    } catch (IOException e) {
      fail(e);
    } catch (InterruptedException e) {
      fail(new IOException("the record's writer was interrupted", e));
    } catch (RuntimeException e) {
      fail(new IOException("what waited for the record failed: " + e, e));
    }
  }

  /** Under the lock. False when there is nothing more to write and the file is being closed. */
  private boolean awaitGroup() throws InterruptedException {
    while (pending.isEmpty()) {
      if (closing) {
        return false;
      }
      changed.await();
    }
    long left = TimeUnit.MILLISECONDS.toNanos(GATHER_MILLIS);
    while (!closing && left > 0 && pendingBytes < PENDING_MAX_BYTES) {
      left = changed.awaitNanos(left);
    }
    return true;
  }

  private long write(List<byte[]> group, long at) throws IOException {
    int size = group.stream().mapToInt(bytes -> bytes.length).sum();
    ByteBuffer buffer = ByteBuffer.allocate(size);
    group.forEach(buffer::put);
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer, at + buffer.position());
    }
    return size;
  }

  private static IOException unwritable(IOException cause) {
    return new IOException(
        "the record cannot be written any more, so nothing more is produced: " + cause.getMessage(),
        cause);
  }

  private void fail(IOException e) {
    lock.lock();
    try {
      failure = e;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    onFailure.accept(unwritable(e));
  }
}
