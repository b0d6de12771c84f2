package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.APIRequestContext;
import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.RequestOptions;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Rules of alerts on the shared fleet; whoever makes some takes them away. */
final class AlertRules {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final APIRequestContext api;
  private final String rules;

  AlertRules(Page page, DashboardFleet fleet) {
    api = page.request();
    rules = fleet.url() + "/api/v1/alerts/rules";
  }

  /** Makes a rule (in JSON with single quotes) and returns its id. */
  long make(String rule) {
    APIResponse answer = api.post(rules, body(rule));
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return json(answer).path("id").asLong();
  }

  /** Changes a rule as somebody else would. */
  void replace(long id, String rule) {
    APIResponse answer = api.put(rules + "/" + id, body(rule).setHeader("If-Match", etag(id)));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private static RequestOptions body(String rule) {
    return RequestOptions.create()
        .setHeader("Content-Type", "application/json")
        .setData(rule.replace('\'', '"'));
  }

  private String etag(long id) {
    return api.get(rules + "/" + id).headers().get("etag");
  }

  /** All rules, as the API has them. */
  JsonNode all() {
    return json(api.get(rules)).path("items");
  }

  /** Takes all rules away. */
  void clear() {
    for (JsonNode rule : all()) {
      long id = rule.path("id").asLong();
      api.delete(rules + "/" + id, RequestOptions.create().setHeader("If-Match", etag(id)));
    }
  }

  private static JsonNode json(APIResponse answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
