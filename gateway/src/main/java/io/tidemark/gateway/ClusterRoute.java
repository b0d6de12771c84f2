package io.tidemark.gateway;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.tidemark.gateway.replication.ChangeRefusedException;
import io.tidemark.gateway.replication.Cluster;
import io.tidemark.gateway.replication.ClusterChange;
import io.tidemark.gateway.replication.ClusterStatus;
import io.tidemark.gateway.replication.DiskUse;
import io.tidemark.gateway.replication.Failures;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /api/v1/cluster}: the cluster as this gateway sees it, and its own version, clock and
 * disk. {@code POST /api/v1/cluster/changes} changes its members: {@code {"replace":
 * "g3=host:9001"}}, {@code {"add": ["g2=host:9001", "g3=host:9001"]}} or {@code {"remove": ["g4",
 * "g5"]}}; 202 with the generation of the new membership, which the groups then follow; 400, 409 or
 * 415 with what is wrong, 503 if it cannot be agreed on now. Both are 503 as long as the gateway is
 * not started.
 */
@ApplicationScoped
class ClusterRoute {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterRoute.class);
  private static final String FORM =
      "a change is JSON of the form {\"replace\": \"id=host:port\"}, {\"add\": [\"id=host:port\","
          + " ...]} or {\"remove\": [\"id\", ...]}";
  private static final int ACCEPTED = 202;
  private static final int WRONG = 400;
  private static final int REFUSED = 409;
  private static final int UNSUPPORTED = 415;
  private static final int UNAVAILABLE = 503;
  private static final long BODY_MAX_BYTES = 16 << 10;

  private final Gateway gateway;

  ClusterRoute(Gateway gateway) {
    this.gateway = gateway;
  }

  void register(@Observes Router router) {
    router.get("/api/v1/cluster").handler(this::show);
    router
        .post("/api/v1/cluster/changes")
        .handler(BodyHandler.create(false).setBodyLimit(BODY_MAX_BYTES))
        .handler(this::change);
  }

  private void show(RoutingContext request) {
    Cluster cluster = started(request);
    if (cluster != null) {
      JsonObject body =
          json(cluster.status())
              .put("software", gateway.version())
              .put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
      DiskUse disk = cluster.disk();
      if (disk != null) {
        body.put("disk", json(disk));
      }
      answer(request, HttpResponseStatus.OK.code(), body);
    }
  }

  /** The cluster; null if the request has been answered that there is none yet. */
  private @Nullable Cluster started(RoutingContext request) {
    Cluster cluster = gateway.cluster();
    if (cluster == null) {
      answer(request, UNAVAILABLE, new JsonObject().put("detail", gateway.logState().detail()));
    }
    return cluster;
  }

  private static void answer(RoutingContext request, int status, JsonObject body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(body.encode());
  }

  private void change(RoutingContext request) {
    Cluster cluster = started(request);
    if (cluster == null) {
      return;
    }
    // A page in somebody's browser can send other types to any address without asking.
    if (!"application/json".equals(request.parsedHeaders().contentType().value())) {
      answer(
          request,
          UNSUPPORTED,
          new JsonObject().put("detail", "a change is sent with Content-Type: application/json"));
      return;
    }
    ClusterChange change;
    try {
      change = change(request.body().asJsonObject());
    } catch (DecodeException | ClassCastException e) {
      answer(request, WRONG, new JsonObject().put("detail", FORM));
      return;
    } catch (IllegalArgumentException e) {
      answer(request, WRONG, new JsonObject().put("detail", e.getMessage()));
      return;
    }
    LOG.info("Asked to change the cluster: {}", request.body().asString());
    cluster
        .change(change)
        .whenComplete((generation, failure) -> answer(request, generation, failure));
  }

  private static ClusterChange change(@Nullable JsonObject body) {
    Set<String> names = body == null ? Set.of() : body.fieldNames();
    if (body == null || names.size() != 1) {
      throw new IllegalArgumentException(
          "a change is an object with one of replace, add and remove, but this has " + names);
    }
    String name = names.iterator().next();
    return switch (name) {
      case "replace" -> ClusterChange.replace(String.valueOf(body.getString(name)));
      case "add" -> ClusterChange.add(strings(name, body.getJsonArray(name)));
      case "remove" -> ClusterChange.remove(strings(name, body.getJsonArray(name)));
      default ->
          throw new IllegalArgumentException(
              "a change is one of replace, add and remove, but not \"" + name + "\"");
    };
  }

  private static List<String> strings(String name, @Nullable JsonArray array) {
    if (array == null || array.isEmpty()) {
      throw new IllegalArgumentException(name + " has to name a gateway at least");
    }
    List<String> strings = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      strings.add(String.valueOf(array.getString(i)));
    }
    return strings;
  }

  private static void answer(
      RoutingContext request, @Nullable Long generation, @Nullable Throwable failure) {
    if (generation != null) {
      answer(request, ACCEPTED, new JsonObject().put("generation", generation));
      return;
    }
    Throwable cause = failure == null ? null : Failures.cause(failure);
    answer(
        request,
        cause instanceof ChangeRefusedException ? REFUSED : UNAVAILABLE,
        new JsonObject().put("detail", cause == null ? "unknown" : cause.getMessage()));
  }

  private static JsonObject json(DiskUse disk) {
    return new JsonObject()
        .put("freeBytes", disk.freeBytes())
        .put("freeMinBytes", disk.freeMinBytes())
        .put("logBytes", disk.logBytes())
        .put("logMaxBytes", disk.logMaxBytes());
  }

  private static JsonObject json(ClusterStatus status) {
    JsonArray members = new JsonArray();
    for (ClusterStatus.Member member : status.members()) {
      members.add(
          new JsonObject()
              .put("gateway", member.gateway())
              .put("peer", member.peer())
              .put("address", member.address())
              .put("mqtt", member.mqtt())
              .put("coap", member.coap())
              .put("alive", member.alive())
              .put("canCommit", member.canCommit())
              .put("trouble", member.trouble())
              .put("self", member.self()));
    }
    JsonArray groups = new JsonArray();
    for (ClusterStatus.Group group : status.groups()) {
      groups.add(
          new JsonObject()
              .put("group", group.group())
              .put("role", group.role())
              .put("leader", group.leader())
              .put("term", group.term())
              .put("home", group.home())
              .put("settled", group.settled())
              .put("leaving", group.leaving())
              .put("committedIndex", group.committedIndex())
              .put("forwardedIndex", group.forwardedIndex())
              .put("lag", group.lag())
              .put("waitingReadings", group.waiting())
              .put("backlogBytes", group.usage().bytes())
              .put("backlogEntries", group.usage().entries()));
    }
    return new JsonObject()
        .put("cluster", status.cluster())
        .put("generation", status.generation())
        .put("gateway", status.gateway())
        .put("canCommit", status.state().canCommit())
        .put("detail", status.state().detail())
        .put("members", members)
        .put("groups", groups);
  }
}
