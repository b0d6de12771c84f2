package io.tidemark.ingest.intake;

import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The chunks that are being written: while the store has one, the next is sorted and noted, so that
 * the store never waits for us. They are committed in the order in which they began. Belongs to the
 * writing thread, which has the ledger's lock once for each.
 */
final class InFlight {
  private static final int MAX = 2;

  private final Writer writer;
  private final ReentrantLock lock;
  private final Deque<Writing> writings = new ArrayDeque<>();

  InFlight(Writer writer, ReentrantLock lock) {
    this.writer = writer;
    this.lock = lock;
  }

  boolean isEmpty() {
    return writings.isEmpty();
  }

  /** The chunk that is finished next; null if there is none. */
  @Nullable Writing oldest() {
    return writings.peek();
  }

  /**
   * True if a chunk may begin before the others have ended. Who waits for the ledger goes first.
   */
  boolean hasRoomFor(Chunk chunk) {
    return writings.isEmpty()
        || (writings.size() < MAX
            && !lock.hasQueuedThreads()
            && writings.stream().noneMatch(writing -> writing.chunk().overlaps(chunk)));
  }

  /** False if another ingest is writing some of it: it is to be tried again soon. */
  boolean begin(Chunk chunk) throws SqlUnavailableException, StoreUnavailableException {
    lock.lock();
    boolean sound = false;
    boolean begun = false;
    try {
      writer.settle();
      if (writer.claim(chunk)) {
        writings.add(writer.begin(chunk));
        begun = true;
      }
      sound = true;
      return begun;
    } finally {
      if (!sound) {
        writer.doubt();
      }
      if (!begun) {
        lock.unlock();
      }
    }
  }

  /** Waits for the oldest and commits it; returns the tick to answer with. */
  long finishOldest() throws SqlUnavailableException, StoreUnavailableException {
    long tick = writer.finish(writings.element());
    writings.remove();
    lock.unlock();
    return tick;
  }

  /** Gives all up, once the store does nothing of them any more; returns their chunks. */
  List<Chunk> abandon() {
    List<Chunk> chunks = new ArrayList<>();
    for (Writing writing : writings) {
      writing.awaitEnd();
      chunks.add(writing.chunk());
    }
    writer.doubt();
    for (int i = 0; i < chunks.size(); i++) {
      lock.unlock();
    }
    writings.clear();
    return chunks;
  }
}
