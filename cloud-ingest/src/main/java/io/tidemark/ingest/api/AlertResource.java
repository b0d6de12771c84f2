package io.tidemark.ingest.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.alerts.AlertSettings;
import io.tidemark.ingest.alerts.Alerts;
import io.tidemark.ingest.alerts.Alerts.Alert;
import io.tidemark.ingest.alerts.Alerts.Judgement;
import io.tidemark.ingest.alerts.Episode;
import io.tidemark.ingest.alerts.HistoryQuery;
import io.tidemark.ingest.alerts.ReceiverStanding;
import io.tidemark.ingest.alerts.Rule;
import io.tidemark.ingest.alerts.RuleChange;
import io.tidemark.ingest.alerts.RuleException;
import io.tidemark.ingest.alerts.RuleJson;
import io.tidemark.ingest.alerts.RuleSpec;
import io.tidemark.ingest.alerts.Standing.State;
import io.tidemark.ingest.api.AlertViews.AlertView;
import io.tidemark.ingest.api.AlertViews.AlertsView;
import io.tidemark.ingest.api.AlertViews.EpisodeView;
import io.tidemark.ingest.api.AlertViews.JudgementView;
import io.tidemark.ingest.api.AlertViews.ReceiverView;
import io.tidemark.ingest.api.AlertViews.RuleFields;
import io.tidemark.ingest.api.AlertViews.RuleView;
import io.tidemark.ingest.api.AlertViews.TestView;
import io.tidemark.ingest.api.Views.Page;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Alerts: what fires, what has fired, and the rules. */
@Singleton
@Blocking
@Path("/api/v1/alerts")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "alerts")
@RolesAllowed(Roles.VIEWER)
public class AlertResource {
  private static final int PAGE_ITEMS = 100;
  private static final int PAGE_MAX_ITEMS = 1_000;

  /** Alerts listed; more are counted. */
  private static final int ITEMS_MAX = 1_000;

  private static final int CONFLICT = 409;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Alerts alerts;
  private final AlertSettings settings;
  private final Audit audit;
  private final Caller caller;
  private final Clock clock;

  @Inject
  AlertResource(Alerts alerts, AlertSettings settings, Audit audit, Caller caller, Clock clock) {
    this.alerts = alerts;
    this.settings = settings;
    this.audit = audit;
    this.caller = caller;
    this.clock = clock;
  }

  @GET
  @Operation(
      summary = "What fires, is about to, or has no data to judge by",
      description =
          "Worst first, at most 1000; firing, pending and noData count all. What is not counted is ok.")
  public AlertsView current(
      @Parameter(description = "Only firing, pending or no data") @QueryParam("state")
          @Nullable String state,
      @Parameter(description = "Only of this device") @QueryParam("device") @Nullable String device)
      throws SqlUnavailableException {
    State only = state == null || state.isEmpty() ? null : State.of(state);
    if (only == null && state != null && !state.isEmpty()) {
      throw ApiException.parameter("state", state, "firing, pending or no data");
    }
    String of = Params.optionalDevice(device);
    long dataEnded = Ledger.nanos(clock.instant()) - settings.noDataAfter().toNanos();
    List<Alert> all = alerts.current();
    List<Judgement> judgements = alerts.judgements();
    long lastJudged = judgements.stream().mapToLong(Judgement::atNanos).max().orElse(0);
    String trouble = alerts.trouble();
    return new AlertsView(
        all.stream()
            .filter(alert -> only == null || alert.standing().state() == only)
            .filter(alert -> of == null || alert.device().equals(of))
            .limit(ITEMS_MAX)
            .map(alert -> AlertView.of(alert, dataEnded))
            .toList(),
        judgements.stream().mapToLong(Judgement::firing).sum(),
        judgements.stream().mapToLong(Judgement::pending).sum(),
        judgements.stream().mapToLong(Judgement::noData).sum(),
        alerts.rules().stream().filter(rule -> rule.spec().enabled()).count(),
        judgements.stream().mapToLong(Judgement::watched).sum(),
        Times.formatIfAny(lastJudged),
        trouble.isEmpty() ? null : trouble);
  }

  @GET
  @Path("history")
  @Operation(
      summary = "What has fired, newest first",
      description =
          "Times are those of the readings. late: the readings came late. withdrawn: late readings showed that it did not fire.")
  public Page<EpisodeView> history(
      @Parameter(description = "Not over before this time") @QueryParam("from")
          @Nullable String from,
      @Parameter(description = "Begun before this time") @QueryParam("to") @Nullable String to,
      @Parameter(description = "Only of this rule") @QueryParam("rule") @Nullable String rule,
      @Parameter(description = "Only of this device") @QueryParam("device") @Nullable String device,
      @Parameter(description = "1 to 1000, else 100") @QueryParam("limit") @Nullable String limit,
      @Parameter(description = "next of the page before") @QueryParam("cursor")
          @Nullable String cursor)
      throws SqlUnavailableException {
    int count = Params.count("limit", limit, PAGE_ITEMS, PAGE_MAX_ITEMS);
    List<Episode> found =
        alerts.history(
            new HistoryQuery(
                Times.parse("from", from, Long.MIN_VALUE),
                Times.parse("to", to, Long.MAX_VALUE),
                rule == null || rule.isEmpty() ? null : number(rule),
                Params.optionalDevice(device),
                place(cursor),
                count + 1));
    boolean more = found.size() > count;
    List<Episode> page = more ? found.subList(0, count) : found;
    return new Page<>(
        page.stream().map(EpisodeView::of).toList(),
        more ? Cursor.of(page.get(count - 1).startedAt() + " " + page.get(count - 1).id()) : null);
  }

  private static HistoryQuery.@Nullable Place place(@Nullable String cursor) {
    String text = Cursor.parse(cursor);
    if (text == null) {
      return null;
    }
    String[] parts = text.split(" ", 2);
    try {
      return new HistoryQuery.Place(Long.parseLong(parts[0]), parts.length > 1 ? parts[1] : "");
    } catch (NumberFormatException e) {
      throw ApiException.parameter("cursor", cursor, Cursor.RULE);
    }
  }

  @GET
  @Path("rules")
  @Operation(
      summary = "All rules",
      description = "Each with its last evaluation and how it stands with its receivers.")
  public Page<RuleView> rules() throws SqlUnavailableException {
    List<Judgement> judgements = alerts.judgements();
    List<Rule> rules = alerts.rules();
    List<ReceiverStanding> deliveries = alerts.deliveries(rules);
    return new Page<>(
        rules.stream().map(rule -> view(rule, judgements, deliveries)).toList(), null);
  }

  @GET
  @Path("rules/{id}")
  @Operation(summary = "One rule", description = "Its ETag is what a change must name.")
  public Response rule(@Parameter(description = "The rule's id") @PathParam("id") String id)
      throws SqlUnavailableException {
    return answer(Response.ok(), existing(id));
  }

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Path("rules")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Make a rule")
  public Response create(String body) throws SqlUnavailableException {
    try {
      Rule rule =
          alerts
              .create(caller.actor(), parse(body))
              .orElseThrow(
                  () ->
                      ApiException.of(
                          CONFLICT,
                          "Too many rules",
                          "there are %d rules, and no more are judged; delete one, or let one watch a label"
                              .formatted(Alerts.RULES_MAX)));
      return answer(Response.created(URI.create("/api/v1/alerts/rules/" + rule.id())), rule);
    } catch (RuleException e) {
      throw refused(e);
    }
  }

  @PUT
  @RolesAllowed(Roles.OPERATOR)
  @Path("rules/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Replace a rule",
      description =
          "If-Match must be the rule's ETag. What fires by it is over if it judges otherwise afterwards.")
  public Response replace(
      @Parameter(description = "The rule's id") @PathParam("id") String id,
      @Parameter(description = "The rule's ETag", required = true) @HeaderParam("If-Match")
          @Nullable String ifMatch,
      String body)
      throws SqlUnavailableException {
    long version = ETags.required(ifMatch);
    try {
      Rule rule = made(id, alerts.replace(caller.actor(), number(id), version, parse(body)));
      return answer(Response.ok(), rule);
    } catch (RuleException e) {
      throw refused(e);
    }
  }

  @DELETE
  @RolesAllowed(Roles.OPERATOR)
  @Path("rules/{id}")
  @Operation(
      summary = "Delete a rule",
      description = "If-Match must be the rule's ETag. What fires by it is over.")
  public void delete(
      @Parameter(description = "The rule's id") @PathParam("id") String id,
      @Parameter(description = "The rule's ETag", required = true) @HeaderParam("If-Match")
          @Nullable String ifMatch)
      throws SqlUnavailableException {
    long version = ETags.required(ifMatch);
    Rule unused = made(id, alerts.delete(caller.actor(), number(id), version));
  }

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Path("rules/{id}/test")
  @Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
  @Operation(
      summary = "Send a test to each of a rule's receivers",
      description = "Once, and says what each of them answered.")
  public Page<TestView> test(@Parameter(description = "The rule's id") @PathParam("id") String id)
      throws SqlUnavailableException, InterruptedException {
    Rule rule = existing(id);
    List<TestView> told = alerts.test(rule).stream().map(TestView::of).toList();
    audit.add(caller.actor(), What.RULE_TESTED, rule.id() + " " + rule.spec().name(), null);
    return new Page<>(told, null);
  }

  private static RuleSpec parse(String body) throws RuleException {
    try {
      JsonNode json = JSON.readTree(body);
      return RuleJson.read(json);
    } catch (JsonProcessingException e) {
      throw ApiException.parameter("the body", body, "a JSON object");
    }
  }

  private static ApiException refused(RuleException e) {
    return ApiException.parameter(e.field(), e.value(), e.rule());
  }

  private static Rule made(String id, Optional<RuleChange> wish) {
    RuleChange change = wish.orElseThrow(() -> unknown(id));
    if (!change.isMade()) {
      throw ETags.changed("rule " + id);
    }
    return change.rule();
  }

  private Rule existing(String id) throws SqlUnavailableException {
    return alerts.rule(number(id)).orElseThrow(() -> unknown(id));
  }

  private Response answer(Response.ResponseBuilder answer, Rule rule)
      throws SqlUnavailableException {
    return answer
        .header("ETag", ETags.of(rule.version()))
        .entity(view(rule, alerts.judgements(), alerts.deliveries(List.of(rule))))
        .build();
  }

  private static RuleView view(
      Rule rule, List<Judgement> judgements, List<ReceiverStanding> deliveries) {
    return new RuleView(
        rule.id(),
        rule.version(),
        Times.format(rule.judgedSinceNanos()),
        RuleFields.of(rule),
        JudgementView.of(
            judgements.stream().filter(one -> one.rule() == rule.id()).findFirst().orElse(null)),
        deliveries.stream().filter(one -> one.rule() == rule.id()).map(ReceiverView::of).toList());
  }

  private static ApiException unknown(String id) {
    return ApiException.notFound("there is no rule " + id + "; see /api/v1/alerts/rules");
  }

  private static long number(String id) {
    try {
      return Long.parseLong(id);
    } catch (NumberFormatException e) {
      throw ApiException.parameter("rule", id, "a rule's number");
    }
  }
}
