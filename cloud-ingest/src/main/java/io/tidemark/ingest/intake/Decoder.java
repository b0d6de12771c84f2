package io.tidemark.ingest.intake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Decodes one chunk ahead of the writing thread, in a thread of its own. */
final class Decoder {
  private static final Logger LOG = Logger.getLogger(Decoder.class);

  private final Parcels parcels;
  private final Runnable news;
  private final BlockingQueue<Chunk> decoded = new ArrayBlockingQueue<>(1);

  /** Decoding begins only when the chunk before was taken: no more than one is held here. */
  private final Semaphore room = new Semaphore(1);

  private final Thread thread = new Thread(this::run, "tidemark-intake-decode");
  private volatile boolean stopping;

  /**
   * A decoder; {@link #start} lets it run.
   *
   * @param waiting where it takes requests from
   * @param news told when there is a chunk
   */
  Decoder(BlockingQueue<Job> waiting, int chunkMaxReadings, Runnable news) {
    parcels = new Parcels(waiting, chunkMaxReadings);
    this.news = news;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!stopping) {
        room.acquire();
        Chunk chunk = null;
        while (chunk == null && !stopping) {
          chunk = next();
        }
        if (chunk != null) {
          decoded.put(chunk);
          news.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Chunk next() throws InterruptedException {
    try {
      return parcels.next();
    } catch (RuntimeException | Error e) {
      // A fault of ours: what cannot be decoded is no exception. Others' requests go on.
      LOG.error("decoding failed for a reason nobody foresaw", e);
      parcels
          .abandon()
          .forEach(job -> job.failed(new BusyException("decoding failed: " + e, 1, e)));
      return null;
    }
  }

  /** The chunk that is decoded, left where it is; null if there is none yet. */
  @Nullable Chunk peek() {
    return decoded.peek();
  }

  /** Takes the chunk {@link #peek} showed away. */
  void remove() {
    decoded.remove();
    room.release();
  }

  /** Ends the thread, and returns the requests of which something was not taken. */
  List<Job> close() throws InterruptedException {
    stopping = true;
    thread.interrupt();
    thread.join();
    List<Job> left = new ArrayList<>(parcels.abandon());
    decoded.forEach(chunk -> left.addAll(chunk.jobs()));
    return left;
  }
}
