package io.tidemark.gateway.replication;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A log in memory, with switches for what can go wrong. */
public final class FakeLog implements ReplicatedLog {
  private record Waiting(byte[] entry, int readings, CompletableFuture<Long> done) {}

  private final List<Object> log = new ArrayList<>();
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private Mark mark = Mark.NONE;
  private long truncatedBelow;
  private long committed;
  private long taken;
  private long ended;
  private long leadership = 1;
  private long proposals;
  private long looks;
  private int marks;
  private boolean withhold;
  private boolean readFails;
  private double filled;
  private State.Role role = State.Role.LEADING;
  private int closedAt = -1;
  private boolean wasEnded;
  private long asked;
  private Runnable whenAsked = () -> {};
  private Runnable listener = () -> {};

  public FakeLog() {
    log.add("a log's first index is not data");
  }

  /** Switch: proposals stay open until {@link #commitWithheld}. */
  public synchronized void withhold(boolean on) {
    withhold = on;
  }

  /** Commits what was withheld, and what comes meanwhile. */
  public void commitWithheld() {
    while (commitOldestWithheld()) {
      // the next
    }
  }

  /** Commits the oldest of what was withheld; false if nothing was. */
  public boolean commitOldestWithheld() {
    Waiting next = poll();
    if (next == null) {
      return false;
    }
    next.done.complete(append(next.entry, next.readings));
    listener.run();
    return true;
  }

  /** Fails what was withheld, as if leadership were lost: nobody knows whether it will commit. */
  public void loseWithheld() {
    for (Waiting next = poll(); next != null; next = poll()) {
      next.done.completeExceptionally(new IOException("not leader any more"));
    }
  }

  private synchronized Waiting poll() {
    return waiting.poll();
  }

  /** Switch: what the log says it is doing; anything but LEADING turns proposals away. */
  public synchronized void role(State.Role next) {
    role = next;
  }

  /**
   * Another gateway leads for a while: it commits an entry, forwards up to the mark if that is not
   * forwarded already, and ends. Returns the entry's index.
   */
  public long ledByAnother(byte[] entry, int readings, Mark forwarded) {
    long index;
    synchronized (this) {
      role = State.Role.FOLLOWING;
      ended = committed;
      index = log.size();
      log.add(new CommittedEntry(index, readings, entry));
      if (forwarded.index() > mark.index()) {
        mark = forwarded;
      }
    }
    listener.run();
    return index;
  }

  /** This gateway leads again, and finds what waits. */
  public void leadsAgain() {
    synchronized (this) {
      long found = 0;
      for (Object some : log.subList((int) mark.index() + 1, log.size())) {
        found += some instanceof CommittedEntry entry ? entry.readings() : 0;
      }
      committed += found;
      taken += found;
      leadership++;
      role = State.Role.LEADING;
    }
    listener.run();
  }

  /** Closes it for good: what comes behind that, marks among it, counts no more. */
  public void closeForGood() {
    synchronized (this) {
      closedAt = log.size();
      log.add("close");
    }
    listener.run();
  }

  @Override
  public synchronized boolean closed() {
    return closedAt >= 0;
  }

  @Override
  public synchronized void ended() {
    wasEnded = true;
  }

  /** Whether ingest was said to know that all of it is forwarded. */
  public synchronized boolean wasEnded() {
    return wasEnded;
  }

  /** Switch: this happens once, before the next who asks what the log is doing is told. */
  public synchronized void whenAsked(Runnable next) {
    whenAsked = next;
  }

  /** How often it was asked what it is doing. */
  public synchronized long asked() {
    return asked;
  }

  /** Switch: how much of its room it takes. */
  public synchronized void filled(double part) {
    filled = part;
  }

  /** Switch: reading fails. */
  public synchronized void readFails(boolean on) {
    readFails = on;
  }

  /** How many entries were proposed, committed or not. */
  public synchronized long proposals() {
    return proposals;
  }

  /** How often it was asked how long it is. */
  public synchronized long looks() {
    return looks;
  }

  /** How many were proposed and are withheld. */
  public synchronized int withheld() {
    return waiting.size();
  }

  /** How many marks were replicated. */
  public synchronized int marks() {
    return marks;
  }

  /** Lowest index still there. */
  public synchronized long truncatedBelow() {
    return truncatedBelow;
  }

  @Override
  public String group() {
    return "g1";
  }

  @Override
  public CompletionStage<Long> propose(byte[] entry, int readings) {
    long index;
    synchronized (this) {
      if (role != State.Role.LEADING) {
        return CompletableFuture.failedFuture(new NotProposedException("role is " + role));
      }
      if (closedAt >= 0) {
        return CompletableFuture.failedFuture(new NotProposedException("the log is closed"));
      }
      proposals++;
      if (withhold) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        waiting.add(new Waiting(entry, readings, done));
        return done;
      }
      index = append(entry, readings);
    }
    listener.run();
    return CompletableFuture.completedFuture(index);
  }

  private synchronized long append(byte[] entry, int readings) {
    log.add(new CommittedEntry(log.size(), readings, entry));
    committed += readings;
    return log.size() - 1;
  }

  @Override
  public synchronized Chunk read(long from, int maxBytes) throws IOException {
    if (readFails) {
      throw new IOException("the disk does not answer");
    }
    if (from < truncatedBelow) {
      throw new IOException("index " + from + " is truncated");
    }
    List<CommittedEntry> entries = new ArrayList<>();
    long bytes = 0;
    int at = (int) Math.max(0, from);
    for (; at <= committedIndex(); at++) {
      if (log.get(at) instanceof CommittedEntry entry) {
        bytes += entry.bytes().length;
        if (bytes > maxBytes && !entries.isEmpty()) {
          break;
        }
        entries.add(entry);
      }
    }
    return new Chunk(entries, at);
  }

  @Override
  public synchronized long committedIndex() {
    return (closedAt < 0 ? log.size() : closedAt) - 1;
  }

  @Override
  public synchronized Mark mark() {
    return mark;
  }

  @Override
  public CompletionStage<Long> advance(Mark next) {
    synchronized (this) {
      if (next.index() < mark.index()) {
        throw new AssertionError("the mark went back from " + mark + " to " + next);
      }
      marks++;
      mark = next;
      truncatedBelow = next.index() + 1;
      log.add("mark");
    }
    listener.run();
    return CompletableFuture.completedFuture(committedIndex());
  }

  @Override
  public synchronized Counts counts() {
    return new Counts(taken, committed, ended, 0);
  }

  @Override
  public synchronized long leadership() {
    return role == State.Role.LEADING || role == State.Role.FULL ? leadership : -1;
  }

  @Override
  public synchronized CompletionStage<Long> confirmedIndex() {
    return leadership() < 0
        ? CompletableFuture.failedFuture(new IOException("not leader"))
        : CompletableFuture.completedFuture(committedIndex());
  }

  @Override
  public State state() {
    State said;
    Runnable first;
    synchronized (this) {
      asked++;
      said = new State(role, "role is " + role);
      first = whenAsked;
      whenAsked = () -> {};
    }
    first.run();
    return said;
  }

  @Override
  public synchronized Usage usage() {
    looks++;
    return new Usage(0, 0, log.size() - 1 - Math.max(0, mark.index()), filled);
  }

  @Override
  public void onCommit(Runnable called) {
    listener = called;
  }

  /** Cannot go on. */
  public void close() {
    role(State.Role.FAILED);
  }
}
