package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidemark.identity.Hosts;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.ingest.api.Views.RecordView;
import io.tidemark.ingest.identity.Token;
import io.tidemark.ingest.registry.DeviceRecord;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Enrolment tokens as the API has them. */
final class TokenViews {
  private static final Duration DEFAULT_VALIDITY = Duration.ofHours(24);
  private static final Duration VALIDITY_MAX = Duration.ofDays(365);
  private static final int URLS_MAX = 8;
  private static final int URL_MAX_CHARS = 256;

  private TokenViews() {}

  @Schema(description = "A token that is to be made")
  record TokenRequest(
      @Schema(description = "device or gateway") @Nullable String role,
      @Schema(description = "The only one it is for; else any that has no certificate yet")
          @Nullable String name,
      @Schema(description = "How often it may be used, 1 to 100,000; 1 if absent")
          @Nullable Integer uses,
      @Schema(description = "ISO 8601, up to P365D; PT24H if absent") @Nullable String validFor,
      @Schema(description = "Of its devices, in the registry") @Nullable String site,
      @Schema(description = "Of its devices, in the registry")
          @Nullable List<@Nullable String> labels,
      @Schema(description = "Names and addresses its gateways may have in their certificates")
          @Nullable List<@Nullable String> hosts,
      @Schema(
              description =
                  "Where to ask with it, https://host:port; what was asked for this if absent")
          @Nullable List<@Nullable String> urls) {
    Token.Spec checked() {
      Role of = checkedRole();
      int times = uses == null ? 1 : uses;
      if (times < 1 || times > Token.USES_MAX) {
        throw ApiException.parameter(
            "uses", String.valueOf(times), "a whole number from 1 to " + Token.USES_MAX);
      }
      String only = Params.emptyToNull(name);
      if (only != null) {
        requireName(of, only);
      }
      Token.Spec spec =
          new Token.Spec(
              of,
              only,
              times,
              Texts.line("site", site, DeviceRecord.WORD_MAX_CHARS),
              RecordView.labels(labels),
              checkedHosts());
      if (of == Role.GATEWAY && !(spec.site().isEmpty() && spec.labels().isEmpty())) {
        throw ApiException.parameter("site", spec.site(), "absent, as labels, for a gateway");
      }
      return spec;
    }

    private Role checkedRole() {
      if ("device".equals(role)) {
        return Role.DEVICE;
      }
      if ("gateway".equals(role)) {
        return Role.GATEWAY;
      }
      throw ApiException.parameter("role", role, "device or gateway");
    }

    private static void requireName(Role role, String name) {
      try {
        var unused = new Identity(role, name);
      } catch (IllegalArgumentException e) {
        throw ApiException.parameter("name", name, "a " + role.text() + "'s name");
      }
    }

    private SortedSet<String> checkedHosts() {
      SortedSet<String> found = new TreeSet<>();
      for (String host : hosts == null ? List.<@Nullable String>of() : hosts) {
        if (host == null || !Hosts.isHost(host)) {
          throw ApiException.parameter("hosts", host, "names and addresses");
        }
        found.add(Hosts.canonical(host));
      }
      if (found.size() > Token.HOSTS_MAX || (checkedRole() == Role.DEVICE && !found.isEmpty())) {
        throw ApiException.parameter(
            "hosts",
            found.size() + " hosts",
            "at most %d, and of gateways only".formatted(Token.HOSTS_MAX));
      }
      return found;
    }

    Duration validity() {
      Duration given = Params.optionalDuration("validFor", validFor, VALIDITY_MAX);
      return given == null ? DEFAULT_VALIDITY : given;
    }

    /** Where to ask. */
    List<URI> urls(URI absent) {
      List<URI> found = new ArrayList<>();
      for (String url : urls == null ? List.<@Nullable String>of() : urls) {
        found.add(url(url));
      }
      if (found.size() > URLS_MAX) {
        throw ApiException.parameter("urls", found.size() + " addresses", "at most " + URLS_MAX);
      }
      return found.isEmpty() ? List.of(absent) : found;
    }

    private static URI url(@Nullable String text) {
      String rule = "addresses https://host:port, without a path";
      try {
        URI url = URI.create(text == null ? "" : text);
        boolean fits =
            "https".equals(url.getScheme())
                && url.getHost() != null
                && url.getRawPath().isEmpty()
                && url.getRawQuery() == null
                && url.toString().length() <= URL_MAX_CHARS;
        if (fits) {
          return url;
        }
      } catch (IllegalArgumentException e) {
        throw ApiException.parameter("urls", text, rule);
      }
      throw ApiException.parameter("urls", text, rule);
    }
  }

  @Schema(description = "An enrolment token")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record TokenView(
      @Schema(description = "By which it is withdrawn") long id,
      @Schema(description = "All of it, shown this once; who has it can enrol")
          @Nullable String token,
      @Schema(description = "device or gateway") String role,
      @Schema(description = "The only one it is for") @Nullable String name,
      @Schema(description = "How often it may be used") int uses,
      @Schema(description = "How often it was") long used,
      @Schema(description = "good, used, expired or withdrawn") String state,
      @Schema(description = "When it was made") String madeAt,
      @Schema(description = "Until when it is good") String expiresAt,
      @Schema(description = "When it was withdrawn") @Nullable String withdrawnAt,
      @Schema(description = "Of its devices, in the registry") String site,
      @Schema(description = "Of its devices, in the registry") List<String> labels,
      @Schema(description = "What its gateways may have in their certificates")
          List<String> hosts) {
    static TokenView of(Token token, @Nullable String text, long nowNanos) {
      Token.Spec spec = token.spec();
      return new TokenView(
          token.id(),
          text,
          spec.role().text(),
          spec.name(),
          spec.uses(),
          token.used(),
          token.state(nowNanos).name().toLowerCase(Locale.ROOT),
          Times.format(token.madeAtNanos()),
          Times.format(token.endsAtNanos()),
          Times.formatIfAny(token.withdrawnAtNanos()),
          spec.site(),
          new ArrayList<>(spec.labels()),
          new ArrayList<>(spec.hosts()));
    }
  }
}
