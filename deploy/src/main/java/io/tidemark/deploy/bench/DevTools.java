package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A page of a Chromium, as its DevTools protocol has it: commands and their answers as JSON over a
 * WebSocket. Events are not listened to. Used by one thread.
 */
final class DevTools implements AutoCloseable {
  /** How long a command may take: a page that draws nothing is given up after that. */
  private static final int ANSWER_MAX_SECONDS = 60;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();

  /** Held for as long as the socket is used: with one that nobody holds, answers may never come. */
  private final HttpClient client = HttpClient.newHttpClient();

  private final WebSocket socket;
  private int lastId;

  /** Connects. */
  DevTools(URI page) throws IOException {
    try {
      socket = client.newWebSocketBuilder().buildAsync(page, new Answers()).join();
    } catch (CompletionException e) {
      throw new IOException("cannot connect to Chromium at " + page + ": " + e.getCause(), e);
    }
  }

  /**
   * Puts each answer where somebody waits for it. Called by the client's threads, one at a time.
   */
  private final class Answers implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        String whole = message.toString();
        message.setLength(0);
        try {
          JsonNode answer = JSON.readTree(whole);
          CompletableFuture<JsonNode> waiting = asked.remove(answer.path("id").asInt());
          if (waiting != null) {
            waiting.complete(answer);
          }
        } catch (IOException e) {
          end("it sent what is no JSON: " + e.getMessage());
        }
      }
      from.request(1);
      return CompletableFuture.completedFuture(part);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      end("it closed the connection: " + status + " " + reason);
      return CompletableFuture.completedFuture(reason);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      end(error.toString());
    }

    private void end(String why) {
      asked.values().forEach(waiting -> waiting.completeExceptionally(new IOException(why)));
    }
  }

  /**
   * What a command answers.
   *
   * @throws IOException if it fails, or there is no answer within a minute
   */
  JsonNode call(String method, Map<String, ?> parameters) throws IOException, InterruptedException {
    int id = ++lastId;
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(id, answer);
    String command =
        JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters));
    try {
      socket.sendText(command, true).get(ANSWER_MAX_SECONDS, TimeUnit.SECONDS);
      JsonNode said = answer.get(ANSWER_MAX_SECONDS, TimeUnit.SECONDS);
      if (said.has("error")) {
        throw new IOException("Chromium refuses " + method + ": " + said.path("error"));
      }
      return said.path("result");
    } catch (ExecutionException e) {
      throw new IOException("Chromium does not answer " + method + ": " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException(
          "Chromium has not answered %s for %d s: %s"
              .formatted(method, ANSWER_MAX_SECONDS, parameters),
          e);
    } finally {
      asked.remove(id);
    }
  }

  /**
   * The value of an expression in the page, once it is there if it is a promise.
   *
   * @throws IOException if it throws
   */
  JsonNode evaluate(String expression) throws IOException, InterruptedException {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    JsonNode thrown = answer.path("exceptionDetails");
    if (!thrown.isMissingNode()) {
      throw new IOException(
          "the page says %s to %s"
              .formatted(thrown.path("exception").path("description").asText(), expression));
    }
    return answer.path("result").path("value");
  }

  @Override
  public void close() {
    socket.abort();
  }
}
