package io.tidemark.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Http;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gateways of one cluster, of which any answers for all: where one does not, the next is asked.
 * Used by one thread.
 */
final class Gateways {
  /** A gateway that is frozen takes the connection and says nothing. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Longer than gateways wait for each other when they agree on a change. */
  private static final Duration CHANGE_PATIENCE = Duration.ofSeconds(15);

  private static final int ACCEPTED = 202;
  private static final int WRONG = 400;
  private static final int REFUSED = 409;
  private static final int UNAVAILABLE = 503;

  private final List<String> urls;
  private final Http http;
  private final Http patient;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Asks nobody yet.
   *
   * @param urls of their HTTP, without a path
   * @param http asks them
   */
  Gateways(List<String> urls, Http http) {
    this.urls = List.copyOf(urls);
    this.http = http.patient(PATIENCE);
    this.patient = http.patient(CHANGE_PATIENCE);
  }

  /**
   * What one of them said.
   *
   * @param body its answer; null if nobody had one
   * @param silent a line for each that had none, and why
   */
  record Said(@Nullable JsonNode body, List<String> silent) {}

  /** What became of a change that was asked for. */
  enum Result {
    /** The members have agreed on it. */
    AGREED,
    /** It is not allowed. */
    REFUSED,
    /** They cannot agree on anything now, or it is not known whether they have. */
    LATER,
    /** No gateway answers. */
    SILENT
  }

  /**
   * The same with what belongs to it.
   *
   * @param generation of the members, where they have agreed
   * @param detail in the gateway's words, where it is refused
   * @param silent a line for each gateway that could not say, and why
   * @param unsure whether one of those may have made it all the same
   */
  record Outcome(
      Result result, long generation, String detail, List<String> silent, boolean unsure) {}

  /** The cluster's state as one of them has it that can commit, else as the first that answers. */
  Said state() throws InterruptedException {
    JsonNode first = null;
    List<String> silent = new ArrayList<>();
    for (String url : urls) {
      try {
        JsonNode answer = http.get(url + "/api/v1/cluster");
        if (answer.path("canCommit").asBoolean()) {
          return new Said(answer, silent);
        }
        first = first == null ? answer : first;
      } catch (IOException | IllegalArgumentException e) {
        silent.add("%s: %s".formatted(url, reason(e)));
      }
    }
    return new Said(first, silent);
  }

  /**
   * Asks for a change of the members, each gateway once until one has an answer.
   *
   * @param change as {@code POST /api/v1/cluster/changes} takes it
   */
  Outcome change(String change) throws InterruptedException {
    List<String> silent = new ArrayList<>();
    boolean answered = false;
    boolean unsure = false;
    for (String url : urls) {
      try {
        Http.Answer answer = patient.tryPost(url + "/api/v1/cluster/changes", change);
        JsonNode body = parse(answer.body());
        String detail = body.path("detail").asText();
        switch (answer.status()) {
          case ACCEPTED -> {
            return new Outcome(Result.AGREED, body.path("generation").asLong(), "", silent, false);
          }
          case WRONG, REFUSED -> {
            return new Outcome(Result.REFUSED, 0, detail, silent, unsure);
          }
          case UNAVAILABLE -> {
            answered = true;
            unsure = true;
            silent.add("%s: %s".formatted(url, detail));
          }
          default ->
              silent.add("%s: answered %d: %s".formatted(url, answer.status(), answer.body()));
        }
      } catch (IOException | IllegalArgumentException e) {
        unsure |= mayHaveBeenHeard(e);
        silent.add("%s: %s".formatted(url, reason(e)));
      }
    }
    return new Outcome(answered ? Result.LATER : Result.SILENT, 0, "", silent, unsure);
  }

  /** Not by one to which there was no connection. */
  private static boolean mayHaveBeenHeard(Exception failure) {
    return failure instanceof IOException
        && !(failure instanceof ConnectException)
        && !(failure instanceof HttpConnectTimeoutException);
  }

  private JsonNode parse(String body) {
    try {
      return json.readTree(body);
    } catch (JsonProcessingException e) {
      return json.missingNode();
    }
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
