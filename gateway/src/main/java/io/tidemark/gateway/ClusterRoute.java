package io.tidemark.gateway;

import io.tidemark.gateway.replication.Cluster;
import io.tidemark.gateway.replication.ClusterStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * {@code GET /api/v1/cluster}: the cluster as this gateway sees it. 503 as long as it is not
 * started.
 */
@ApplicationScoped
class ClusterRoute {
  private static final int NOT_STARTED = 503;

  private final Gateway gateway;

  ClusterRoute(Gateway gateway) {
    this.gateway = gateway;
  }

  void register(@Observes Router router) {
    router.get("/api/v1/cluster").handler(this::answer);
  }

  private void answer(RoutingContext request) {
    Cluster cluster = gateway.cluster();
    request.response().putHeader("Content-Type", "application/json");
    if (cluster == null) {
      request
          .response()
          .setStatusCode(NOT_STARTED)
          .end(new JsonObject().put("detail", gateway.logState().detail()).encode());
      return;
    }
    request.response().end(json(cluster.status()).encode());
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
              .put("committedIndex", group.committedIndex())
              .put("forwardedIndex", group.forwardedIndex())
              .put("waitingReadings", group.waiting())
              .put("backlogBytes", group.usage().bytes())
              .put("backlogEntries", group.usage().entries()));
    }
    return new JsonObject()
        .put("cluster", status.cluster())
        .put("gateway", status.gateway())
        .put("canCommit", status.state().canCommit())
        .put("detail", status.state().detail())
        .put("members", members)
        .put("groups", groups);
  }
}
