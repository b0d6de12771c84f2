package io.tidemark.gateway;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;

/**
 * Asks the same of one of several ingests, again and again: when one has no good answer, the next
 * question goes to the next. At most one is on its way. That they fail is said once in the log, and
 * once that they do not any more.
 *
 * <p>A thread of its own, which all that is asked and answered is called on: so nothing that is
 * forwarded waits for it, and it for nothing.
 */
final class IngestTurns implements AutoCloseable {
  private final List<URI> urls;
  private final Logger log;
  private final String failure;
  private final String success;
  private final ScheduledExecutorService thread;

  // Below: the thread's only.
  private int next;
  private boolean onItsWay;
  private boolean failing;

  /**
   * Does nothing until {@link #every}.
   *
   * @param name of the thread
   * @param failure what the log says of an ingest, in the place of the first {}, when something is
   *     wrong: in the place of the second
   * @param success what it says when it is well again, with a place for the ingest
   */
  IngestTurns(String name, List<URI> urls, Logger log, String failure, String success) {
    this.urls = urls;
    this.log = log;
    this.failure = failure;
    this.success = success;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread made = new Thread(task, name);
              made.setDaemon(true);
              return made;
            });
  }

  /** Calls that so often, to see whether to ask; but not while a question is on its way. */
  void every(long millis, Runnable look) {
    var unused =
        thread.scheduleWithFixedDelay(
            () -> {
              try {
                if (!onItsWay) {
                  look.run();
                }
              } catch (RuntimeException e) { // it would be the last look
                noted(urls.get(next), "it could not be asked: " + e);
              }
            },
            0,
            millis,
            TimeUnit.MILLISECONDS);
  }

  /**
   * Asks whose turn it is.
   *
   * @param answered takes the answer, and returns what is wrong with it; empty if nothing is
   */
  <A> void ask(Function<URI, CompletableFuture<A>> question, BiFunction<URI, A, String> answered) {
    URI url = urls.get(next);
    CompletableFuture<A> answer = question.apply(url);
    onItsWay = true;
    var unused =
        answer.thenAccept(
            said -> {
              if (!thread.isShutdown()) {
                thread.execute(() -> end(url, said, answered));
              }
            });
  }

  private <A> void end(URI url, A said, BiFunction<URI, A, String> answered) {
    onItsWay = false;
    String problem;
    try {
      problem = answered.apply(url, said);
    } catch (RuntimeException e) {
      problem = "the answer could not be put into effect: " + e;
    }
    noted(url, problem);
  }

  private void noted(URI url, String problem) {
    if (!problem.isEmpty()) {
      next = (next + 1) % urls.size();
    }
    if (failing == problem.isEmpty()) {
      failing = !problem.isEmpty();
      log.info(failing ? failure : success, url, problem);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
