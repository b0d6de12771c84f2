package io.tidemark.gateway;

import io.tidemark.gateway.forward.IngestClient;
import io.tidemark.gateway.forward.IngestClient.Listed;
import io.tidemark.gateway.identity.AccessLists;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Asks ingest every second whether there is another access list. Connections of its own, so that
 * nothing that is forwarded waits for it.
 */
final class AccessFetch implements AutoCloseable {
  private static final long EVERY_MILLIS = 1_000;

  private final IngestClient client;
  private final AccessLists lists;
  private final IngestTurns turns;

  /** Does nothing until {@link #start}. */
  AccessFetch(List<URI> urls, IngestClient client, AccessLists lists) {
    this.client = client;
    this.lists = lists;
    turns =
        new IngestTurns(
            "access-fetch",
            urls,
            LoggerFactory.getLogger(AccessFetch.class),
            "{} does not say who is shut out, so the list of before holds, or a newer one of another gateway; asked again each second: {}",
            "{} says who is shut out");
  }

  void start() {
    turns.every(
        EVERY_MILLIS,
        () -> turns.ask(url -> client.accessList(url, lists.version()), this::answered));
  }

  private String answered(URI url, Listed answer) {
    if (answer.list().length > 0) {
      try {
        lists.take(answer.list(), url.toString());
      } catch (IOException e) {
        return "what came is no access list of ingest: " + e.getMessage();
      }
    }
    if (answer.problem().isEmpty()) {
      lists.ingestAnswers();
    }
    return answer.problem();
  }

  @Override
  public void close() {
    turns.close();
  }
}
