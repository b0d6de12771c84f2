package io.tidemark.ingest.alerts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemark.wire.Names;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Rules as JSON, as the API has them and as they are kept; and their bounds. */
public final class RuleJson {
  /** Characters of a name. */
  public static final int NAME_MAX_CHARS = 100;

  /** Receivers of each sort. */
  public static final int RECEIVERS_MAX = 10;

  /** Characters of a receiver. */
  public static final int RECEIVER_MAX_CHARS = 400;

  /** How long a metric may have to be beyond its threshold: so much is read at a time. */
  public static final Duration LASTING_MAX = Duration.ofHours(6);

  /** A silence that is told, at least. */
  public static final Duration SILENCE_MIN = Duration.ofSeconds(10);

  /** A silence that is told, at most. */
  public static final Duration SILENCE_MAX = Duration.ofDays(30);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern EMAIL = Pattern.compile("[^@\\s<>,;\"]{1,64}@[A-Za-z0-9.-]{1,253}");
  private static final int PORT_MAX = 65_535;
  private static final String NAME_RULE = "1 to 64 of A-Z a-z 0-9 _ . -";
  private static final Set<String> COMMON =
      Set.of("name", "enabled", "kind", "device", "label", "for", "webhooks", "emails");
  private static final Set<String> OF_THRESHOLD =
      Set.of("sensor", "metric", "direction", "threshold", "hysteresis");

  private RuleJson() {}

  /**
   * Reads a rule.
   *
   * @throws RuleException if something is missing, unknown or out of bounds
   */
  public static RuleSpec read(JsonNode json) throws RuleException {
    if (!json.isObject()) {
      throw new RuleException("the body", "a JSON object", shown(json));
    }
    String kind = text(json, "kind", "threshold or silent");
    boolean isThreshold = kind.equals("threshold");
    if (!isThreshold && !kind.equals("silent")) {
      throw new RuleException("kind", "threshold or silent", kind);
    }
    for (String field : (Iterable<String>) json::fieldNames) {
      if (!COMMON.contains(field) && !(isThreshold && OF_THRESHOLD.contains(field))) {
        throw new RuleException(
            field, "absent: a rule of kind " + kind + " has no such field", shown(json.get(field)));
      }
    }
    String device = optional(json, "device");
    if (!device.isEmpty() && !Names.isDevice(device)) {
      throw new RuleException("device", "1 to 128 of A-Z a-z 0-9 . _ : -", device);
    }
    String label = optional(json, "label");
    if (label.length() > 64 || (!label.isEmpty() && !device.isEmpty())) {
      throw new RuleException(
          "label", "at most 64 characters, and absent where device is given", label);
    }
    return new RuleSpec(
        name(json),
        enabled(json),
        device,
        label,
        isThreshold ? threshold(json) : null,
        lasting(json, isThreshold),
        receivers(json, "webhooks"),
        receivers(json, "emails"));
  }

  private static String name(JsonNode json) throws RuleException {
    String rule = "a text of 1 to " + NAME_MAX_CHARS + " characters without control characters";
    String name = text(json, "name", rule).strip();
    if (name.isEmpty()
        || name.length() > NAME_MAX_CHARS
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new RuleException("name", rule, name);
    }
    return name;
  }

  private static boolean enabled(JsonNode json) throws RuleException {
    JsonNode enabled = json.path("enabled");
    if (!enabled.isMissingNode() && !enabled.isBoolean()) {
      throw new RuleException("enabled", "true or false", shown(enabled));
    }
    return enabled.asBoolean(true);
  }

  private static RuleSpec.Threshold threshold(JsonNode json) throws RuleException {
    String sensor = optional(json, "sensor");
    if (!sensor.isEmpty() && !Names.isName(sensor)) {
      throw new RuleException("sensor", NAME_RULE, sensor);
    }
    String metric = text(json, "metric", NAME_RULE);
    if (!Names.isName(metric)) {
      throw new RuleException("metric", NAME_RULE, metric);
    }
    String direction = text(json, "direction", "above or below");
    if (!direction.equals("above") && !direction.equals("below")) {
      throw new RuleException("direction", "above or below", direction);
    }
    return new RuleSpec.Threshold(
        sensor,
        metric,
        direction.equals("above"),
        number(json, "threshold", null, "a number"),
        number(json, "hysteresis", 0.0, "a number, 0 or more"));
  }

  private static double number(JsonNode json, String field, @Nullable Double absent, String rule)
      throws RuleException {
    JsonNode node = json.path(field);
    if (absent != null && (node.isMissingNode() || node.isNull())) {
      return absent;
    }
    double value = node.asDouble();
    if (!node.isNumber() || !Double.isFinite(value) || (absent != null && value < 0)) {
      throw new RuleException(field, rule, shown(node));
    }
    return value;
  }

  private static Duration lasting(JsonNode json, boolean isThreshold) throws RuleException {
    Duration min = isThreshold ? Duration.ZERO : SILENCE_MIN;
    Duration max = isThreshold ? LASTING_MAX : SILENCE_MAX;
    String rule = "an ISO 8601 duration such as PT5M, from %s to %s".formatted(min, max);
    String text = text(json, "for", rule);
    try {
      Duration lasting = Duration.parse(text);
      if (lasting.compareTo(min) >= 0 && lasting.compareTo(max) <= 0) {
        return lasting;
      }
    } catch (DateTimeParseException e) {
      throw new RuleException("for", rule, text);
    }
    throw new RuleException("for", rule, text);
  }

  private static List<String> receivers(JsonNode json, String field) throws RuleException {
    JsonNode nodes = json.path(field);
    if (nodes.isMissingNode() || nodes.isNull()) {
      return List.of();
    }
    if (!nodes.isArray() || nodes.size() > RECEIVERS_MAX) {
      throw new RuleException(field, "a list of at most " + RECEIVERS_MAX, shown(nodes));
    }
    List<String> receivers = new ArrayList<>();
    for (JsonNode node : nodes) {
      String receiver = node.asText();
      boolean isGood = field.equals("emails") ? isEmail(receiver) : isUrl(receiver);
      if (!isGood || !node.isTextual() || receiver.length() > RECEIVER_MAX_CHARS) {
        throw new RuleException(
            field,
            (field.equals("emails")
                    ? "addresses such as ops@example.org,"
                    : "URLs such as https://example.org/hook, their port, if any, from 1 to 65535,")
                + " each of at most "
                + RECEIVER_MAX_CHARS
                + " characters",
            shown(node));
      }
      if (!receivers.contains(receiver)) {
        receivers.add(receiver);
      }
    }
    return receivers;
  }

  private static boolean isEmail(String text) {
    try {
      return EMAIL.matcher(text).matches()
          && new InternetAddress(text, true).getAddress().equals(text);
    } catch (AddressException e) {
      return false;
    }
  }

  private static boolean isUrl(String text) {
    try {
      URI uri = new URI(text);
      return ("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()))
          && uri.getHost() != null
          && (uri.getPort() == -1 || (uri.getPort() >= 1 && uri.getPort() <= PORT_MAX));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static String text(JsonNode json, String field, String rule) throws RuleException {
    JsonNode node = json.path(field);
    if (!node.isTextual()) {
      throw new RuleException(field, rule, shown(node));
    }
    return node.asText();
  }

  private static String optional(JsonNode json, String field) throws RuleException {
    JsonNode node = json.path(field);
    return node.isMissingNode() || node.isNull() ? "" : text(json, field, "a text, or absent");
  }

  private static String shown(@Nullable JsonNode node) {
    String text = node == null || node.isMissingNode() ? "" : node.toString();
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  /** Writes a rule so that {@link #read} takes it. */
  public static ObjectNode write(RuleSpec spec) {
    ObjectNode json = JSON.createObjectNode();
    RuleSpec.Threshold limit = spec.threshold();
    json.put("name", spec.name());
    json.put("enabled", spec.enabled());
    json.put("kind", limit == null ? "silent" : "threshold");
    put(json, "device", spec.device());
    put(json, "label", spec.label());
    if (limit != null) {
      put(json, "sensor", limit.sensor());
      json.put("metric", limit.metric());
      json.put("direction", limit.above() ? "above" : "below");
      json.put("threshold", limit.limit());
      json.put("hysteresis", limit.hysteresis());
    }
    json.put("for", spec.lasting().toString());
    ArrayNode webhooks = json.putArray("webhooks");
    spec.webhooks().forEach(webhooks::add);
    ArrayNode emails = json.putArray("emails");
    spec.emails().forEach(emails::add);
    return json;
  }

  private static void put(ObjectNode json, String field, String text) {
    if (!text.isEmpty()) {
      json.put(field, text);
    }
  }

  /** Reads what was kept. */
  static RuleSpec kept(String text) {
    try {
      return read(JSON.readTree(text));
    } catch (JsonProcessingException | RuleException e) {
      throw new IllegalStateException("a rule that was kept cannot be read: " + text, e);
    }
  }
}
