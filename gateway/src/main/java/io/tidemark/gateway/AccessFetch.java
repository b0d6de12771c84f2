package io.tidemark.gateway;

import io.tidemark.gateway.forward.IngestClient;
import io.tidemark.gateway.forward.IngestClient.Listed;
import io.tidemark.gateway.identity.AccessLists;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks ingest every second whether there is another access list. When one does not answer, the next
 * question goes to the next ingest; at most one is on its way. A thread and connections of its own,
 * so that nothing that is forwarded waits for it, and it for nothing.
 */
final class AccessFetch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessFetch.class);
  private static final long EVERY_MILLIS = 1_000;

  private final List<URI> urls;
  private final IngestClient client;
  private final AccessLists lists;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "access-fetch");
            made.setDaemon(true);
            return made;
          });

  // Below: the thread's only.
  private int next;
  private boolean onItsWay;
  private boolean failing;

  /** Does nothing until {@link #start}. */
  AccessFetch(List<URI> urls, IngestClient client, AccessLists lists) {
    this.urls = urls;
    this.client = client;
    this.lists = lists;
  }

  void start() {
    var unused = thread.scheduleWithFixedDelay(this::ask, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void ask() {
    if (onItsWay) {
      return;
    }
    onItsWay = true;
    URI url = urls.get(next);
    try {
      client
          .accessList(url, lists.version())
          .thenAccept(
              answer -> {
                if (!thread.isShutdown()) {
                  thread.execute(() -> answered(url, answer));
                }
              });
    } catch (RuntimeException e) { // it would be the last time that this is asked
      answered(url, Listed.none("it could not be asked: " + e));
    }
  }

  private void answered(URI url, Listed answer) {
    onItsWay = false;
    String problem = answer.problem();
    try {
      if (answer.list().length > 0) {
        lists.take(answer.list(), url.toString());
      }
    } catch (IOException e) {
      problem = "what came is no access list of ingest: " + e.getMessage();
    } catch (RuntimeException e) {
      problem = "it could not be put into effect: " + e;
    }
    if (problem.isEmpty()) {
      lists.ingestAnswers();
    } else {
      next = (next + 1) % urls.size();
    }
    if (failing == problem.isEmpty()) {
      failing = !problem.isEmpty();
      LOG.info(
          failing
              ? "{} does not say who is shut out, so the list of before holds, or a newer one of another gateway; asked again each second: {}"
              : "{} says who is shut out{}",
          url,
          problem);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
