package io.tidemark.gateway.identity;

import io.tidemark.identity.Bars;
import io.tidemark.identity.ListSeal;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.Trust;
import io.tidemark.identity.UntrustedException;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessListCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.SignedAccessList;
import io.tidemark.wire.SignedAccessListCodec;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SignatureException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest access list that this gateway knows: of ingest, of another gateway, or from its file
 * if it reaches neither; in any case one that ingest has signed. A list holds at once, and is
 * written down by a thread of its own, as a disk may stand still. Thread-safe.
 */
public final class AccessLists implements Supplier<AccessList>, AutoCloseable {
  private static final Duration INGEST_RECENT = Duration.ofSeconds(5);

  /** Ingest goes above no higher one. */
  private static final long OFFERED_MAX = Limits.NUMBER_MAX / 2;

  private static final Logger LOG = LoggerFactory.getLogger(AccessLists.class);
  private static final String FILE = "access-list";
  private static final long END_SECONDS = 10;

  private final Path folder;
  private final Trust trust;
  private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final ExecutorService writing =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "access-list");
            thread.setDaemon(true);
            return thread;
          });
  private final List<Index<?>> indexes = new CopyOnWriteArrayList<>();
  private volatile Held held;

  /** {@link System#nanoTime}, of the last time that ingest has answered. */
  private volatile long ingestAnswered = System.nanoTime() - INGEST_RECENT.toNanos();

  /** The writing thread's. */
  private boolean unwritten;

  /** Why a list is not taken. */
  public enum Refusal {
    /** It is none. */
    MALFORMED,
    /** Nobody whom this gateway believes has signed it. */
    UNTRUSTED,
    /** A device or a gateway has. */
    WRONG_ROLE,
    /** The signature is not that of who is said to have signed it, or is of something else. */
    FORGED,
    /** This gateway has one that is as new, or newer. */
    OLDER,
    /** Its version is so high that ingest could not go above it. */
    TOO_HIGH
  }

  /** A list is not taken. */
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final Refusal refusal;

    RefusedException(Refusal refusal, Exception why) {
      super(why.getMessage(), why);
      this.refusal = refusal;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // handed on as it is
  private record Held(AccessList list, byte[] bytes, Bars bars) {
    static Held of(byte[] bytes, Trust trust) throws RefusedException {
      try {
        SignedAccessList signed = SignedAccessListCodec.decode(bytes);
        ListSeal.verify(signed, trust);
        AccessList list = AccessListCodec.decode(signed.list());
        return new Held(list, bytes, Bars.of(list));
      } catch (WireFormatException e) {
        throw new RefusedException(Refusal.MALFORMED, e);
      } catch (UntrustedException e) {
        throw new RefusedException(
            e.reason() == UntrustedException.Reason.WRONG_ROLE
                ? Refusal.WRONG_ROLE
                : Refusal.UNTRUSTED,
            e);
      } catch (SignatureException e) {
        throw new RefusedException(Refusal.FORGED, e);
      }
    }
  }

  /** What is made of the newest list, to be found in it at once. */
  private static final class Index<T> implements Supplier<T> {
    private final Function<AccessList, T> making;
    private volatile T made;

    Index(Function<AccessList, T> making, AccessList list) {
      this.making = making;
      made = making.apply(list);
    }

    void renew(AccessList list) {
      made = making.apply(list);
    }

    @Override
    public T get() {
      return made;
    }
  }

  private AccessLists(Path folder, Trust trust, Held held) {
    this.folder = folder;
    this.trust = trust;
    this.held = held;
    for (Refusal refusal : Refusal.values()) {
      refused.put(refusal, new LongAdder());
    }
  }

  /**
   * Reads the list of before. Without one, or if it is damaged, nobody is shut out until ingest or
   * another gateway has told who is: a gateway that takes nothing because of that would shut out
   * everybody.
   *
   * @param folder of the file {@code access-list}
   * @param trust who may have signed for ingest what it is
   */
  public static AccessLists open(Path folder, Trust trust) {
    return new AccessLists(folder, trust, read(folder.resolve(FILE), trust));
  }

  private static Held read(Path file, Trust trust) {
    Held none = new Held(AccessList.EMPTY, new byte[0], Bars.NONE);
    if (!Files.exists(file)) {
      return none;
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      byte[] list = Arrays.copyOfRange(bytes, Math.min(Long.BYTES, bytes.length), bytes.length);
      if (bytes.length < Long.BYTES || ByteBuffer.wrap(bytes).getLong() != checksum(list)) {
        throw new IOException("its checksum is wrong");
      }
      return Held.of(list, trust);
    } catch (IOException e) {
      LOG.error(
          "The list in {} of who is shut out cannot be read ({}): nobody is here until ingest or another gateway tells again",
          file,
          e.getMessage());
      return none;
    }
  }

  private static long checksum(byte[] list) {
    CRC32C sum = new CRC32C();
    sum.update(list);
    return sum.getValue();
  }

  /** The newest list. Does not block. */
  @Override
  public AccessList get() {
    return held.list;
  }

  /** Who is shut out by it. Does not block. */
  public Bars bars() {
    return held.bars;
  }

  /** Its version; 0 if there is none. */
  public long version() {
    return held.list.version();
  }

  /** As it came; empty if there is none. Not to be changed. */
  public byte[] bytes() {
    return held.bytes;
  }

  /**
   * What is made of each list, once, by whoever brings it and before anybody is told: to ask for it
   * costs nothing, whatever thread does.
   *
   * @param making may take a while; must not throw
   */
  public synchronized <T> Supplier<T> index(Function<AccessList, T> making) {
    Index<T> index = new Index<>(making, held.list);
    indexes.add(index);
    return index;
  }

  /** Told after each change, by whoever brought it; must return soon and not throw. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /**
   * A list has come; it holds from now on if ingest has signed it and it is newer.
   *
   * @param from who gave it, for the log
   * @throws IOException if it is none, or not signed by ingest
   */
  public void take(byte[] bytes, String from) throws IOException {
    take(verified(bytes), from);
  }

  private Held verified(byte[] bytes) throws RefusedException {
    try {
      return Held.of(bytes, trust);
    } catch (RefusedException e) {
      count(e.refusal);
      throw e;
    }
  }

  private void count(Refusal refusal) {
    LongAdder times = refused.get(refusal);
    if (times != null) {
      times.increment();
    }
  }

  /** How often a list was not taken for this reason. */
  public long refused(Refusal refusal) {
    LongAdder times = refused.get(refusal);
    return times == null ? 0 : times.sum();
  }

  private void take(Held come, String from) {
    synchronized (this) {
      if (come.list.version() <= held.list.version()) {
        count(Refusal.OLDER);
        return;
      }
      held = come;
      indexes.forEach(index -> index.renew(come.list));
    }
    LOG.info(
        "Access list {} has come from {}: {} shut out or enrolled anew",
        come.list.version(),
        from,
        come.list.barred().size());
    writing.execute(this::write);
    for (Runnable listener : listeners) {
      try {
        listener.run();
      } catch (RuntimeException e) {
        LOG.error("Access list {} is not in effect everywhere", come.list.version(), e);
      }
    }
  }

  /** Ingest has answered, with a list or that there is no other. */
  public void ingestAnswers() {
    ingestAnswered = System.nanoTime();
  }

  /**
   * Another gateway has given a list. It does not hold while ingest answers, which may have one of
   * a lower version if its database comes from a backup; nor if its version is so high that ingest
   * could not go above it.
   *
   * @throws IOException if it is none, or not signed by ingest
   */
  public void offered(byte[] bytes, String from) throws IOException {
    if (System.nanoTime() - ingestAnswered < INGEST_RECENT.toNanos()) {
      return;
    }
    Held come = verified(bytes);
    long version = come.list.version();
    if (version > OFFERED_MAX) {
      count(Refusal.TOO_HIGH);
      LOG.warn("Access list {} of {} is not taken: no ingest has had one as high", version, from);
      return;
    }
    take(come, from);
  }

  private void write() {
    byte[] list = held.bytes;
    ByteBuffer file = ByteBuffer.allocate(Long.BYTES + list.length);
    try {
      SecretFile.write(folder, FILE, file.putLong(checksum(list)).put(list).array());
      unwritten = false;
    } catch (IOException e) {
      if (!unwritten) {
        LOG.warn(
            "The access list cannot be written to {}, and holds until this gateway ends: {}",
            folder,
            e.toString());
      }
      unwritten = true;
    }
  }

  /** What has come is written down, if that can be done. */
  @Override
  public void close() throws InterruptedException {
    writing.shutdown();
    if (!writing.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("The access list is not written down, as the disk stands still");
    }
  }
}
