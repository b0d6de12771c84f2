package io.tidemark.ingest.api;

import io.smallrye.common.annotation.Blocking;
import io.tidemark.identity.Role;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.api.GatewayViews.ChangeView;
import io.tidemark.ingest.api.GatewayViews.ChangesView;
import io.tidemark.ingest.api.GatewayViews.GatewayView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.gateways.GatewayChange;
import io.tidemark.ingest.gateways.Gateways;
import io.tidemark.ingest.gateways.KnownGateway;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.wire.GatewayReport;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The gateways, as they say they are, and what changed. */
@Singleton
@Blocking
@Path("/api/v1/gateways")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "gateways")
@RolesAllowed(Roles.VIEWER)
public class GatewayResource {
  private static final int PAGE_CHANGES = 100;

  private final Gateways gateways;
  private final AccessLists lists;
  private final ShutOuts shutOuts;

  @Inject
  GatewayResource(Gateways gateways, AccessLists lists, ShutOuts shutOuts) {
    this.gateways = gateways;
    this.lists = lists;
    this.shutOuts = shutOuts;
  }

  @GET
  @Operation(
      summary = "All gateways, by cluster and name",
      description =
          "At most 1,024, so there is one page. What a silent one says is what it said last; see heardAt.")
  public Page<GatewayView> list() throws SqlUnavailableException {
    List<KnownGateway> known = gateways.all();
    Map<String, Set<String>> members = members(known);
    List<GatewayView> views = new ArrayList<>();
    long version = lists.version();
    Map<String, Long> shutOut = shutOuts.since(Role.GATEWAY);
    for (KnownGateway one : known) {
      Set<String> named = members.getOrDefault(one.report().cluster(), Set.of());
      // What is left of the set has no report.
      String gateway = one.report().gateway();
      views.add(GatewayView.of(one, named.remove(gateway), version, shutOut.get(gateway)));
    }
    members.forEach(
        (cluster, unheard) ->
            unheard.forEach(
                gateway -> views.add(GatewayView.unheard(gateway, cluster, shutOut.get(gateway)))));
    views.sort(Comparator.comparing(GatewayView::cluster).thenComparing(GatewayView::gateway));
    return new Page<>(views, null);
  }

  /** Of each cluster, by the newest generation that is told of. */
  private static Map<String, Set<String>> members(List<KnownGateway> known) {
    Map<String, GatewayReport> newest = new LinkedHashMap<>();
    for (KnownGateway one : known) {
      newest.merge(
          one.report().cluster(),
          one.report(),
          BinaryOperator.maxBy(Comparator.comparingLong(GatewayReport::generation)));
    }
    Map<String, Set<String>> members = new LinkedHashMap<>();
    newest.forEach(
        (cluster, report) -> members.put(cluster, new LinkedHashSet<>(report.members())));
    return members;
  }

  @GET
  @Path("changes")
  @Operation(
      summary = "What changed, newest first",
      description =
          "Who became the leader of which group in which term, which group lost its leader, and which gateway became ready, not ready or silent. Kept are the newest 10,000 of 30 days, unless set otherwise.")
  public ChangesView changes(
      @Parameter(description = "Earliest time, inclusive") @QueryParam("from")
          @Nullable String from,
      @Parameter(description = "Latest time, exclusive") @QueryParam("to") @Nullable String to,
      @Parameter(description = "1 to 1,000, else 100") @QueryParam("limit") @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException {
    long start = Times.parse("from", from, Long.MIN_VALUE);
    int count = Params.count("limit", limit, PAGE_CHANGES, Gateways.PAGE_MAX);
    long before = Cursor.parseNumber(cursor, Long.MAX_VALUE);
    List<GatewayChange> found =
        gateways.changes(start, Times.parse("to", to, Long.MAX_VALUE), before, count);
    String next =
        found.size() < count ? null : Cursor.of(Long.toString(found.get(found.size() - 1).id()));
    boolean first = before == Long.MAX_VALUE && start != Long.MIN_VALUE;
    return new ChangesView(views(found), next, first ? views(gateways.standing(start)) : List.of());
  }

  private static List<ChangeView> views(List<GatewayChange> changes) {
    return changes.stream().map(ChangeView::of).toList();
  }
}
