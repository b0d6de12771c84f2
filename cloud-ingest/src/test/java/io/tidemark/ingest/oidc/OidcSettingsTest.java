package io.tidemark.ingest.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tidemark.ingest.access.Role;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OidcSettingsTest {
  private static final Map<Role, List<String>> GROUPS =
      Map.of(Role.VIEWER, List.of("staff", "guests"), Role.ADMIN, List.of("admins"));

  private static Optional<OidcSettings> of(
      String issuer, String client, Path authority, Map<Role, List<String>> groups) {
    return OidcSettings.of(
        issuer == null ? null : URI.create(issuer),
        client,
        authority,
        "it",
        "name",
        "groups",
        groups);
  }

  @Test
  void withoutAnIssuerNobodyIsAsked() {
    assertThat(of(null, "", null, Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://id.example.org/realm", "http://127.0.0.1:1", "http://localhost"})
  void anIssuerIsAskedOverTlsOrOnThisMachine(String issuer) {
    assertThat(of(issuer, "tidemark", null, GROUPS)).isPresent();
  }

  @Test
  void ingestsWithTheSameClientSecretReadEachOthersState() {
    String key = OidcKeys.derived("a secret");
    assertThat(key).hasSize(48).isEqualTo(OidcKeys.derived("a secret"));
    assertThat(key).isNotEqualTo(OidcKeys.derived("another secret"));
  }

  @Test
  void whatIsWrongIsSaid() {
    for (String issuer : List.of("http://id.example.org", "id.example.org", "ftp://127.0.0.1")) {
      assertThatThrownBy(() -> of(issuer, "tidemark", null, GROUPS))
          .hasMessageContaining("tidemark.access.oidc.issuer must be an https:// address");
    }
    assertThatThrownBy(() -> of("https://p", "", null, GROUPS))
        .hasMessageContaining("tidemark.access.oidc.client-id must be");
    assertThatThrownBy(() -> of("https://p", "tidemark", Path.of("/no/such.pem"), GROUPS))
        .hasMessageContaining("tidemark.access.oidc.authority")
        .hasMessageContaining("/no/such.pem cannot be read");
    assertThatThrownBy(() -> of("https://p", "tidemark", null, Map.of(Role.ADMIN, List.of())))
        .hasMessageContaining("tidemark.access.oidc.admin-groups");
  }

  @ParameterizedTest
  @CsvSource({"guests,VIEWER", "admins,ADMIN", "others,"})
  void aGroupHasARole(String group, Role role) {
    OidcSettings settings = of("https://p", "tidemark", null, GROUPS).orElseThrow();
    assertThat(settings.role(List.of("all", group))).isEqualTo(role);
    assertThat(settings.role(List.of("staff", group))).isEqualTo(role == null ? Role.VIEWER : role);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"plain", "a${x}b", "${", "$$", "\\$", "\\\\${x}$", "a${tidemark.security}"})
  void aClientSecretCountsAsItIsTyped(String secret) {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .withSources(
                new PropertiesConfigSource(
                    Map.of(
                        "tidemark.security", "on",
                        "tidemark.access.oidc.issuer", "https://p",
                        "tidemark.access.oidc.client-id", "tidemark",
                        "tidemark.access.oidc.client-secret", secret),
                    "a test",
                    500))
            .withSources(new OidcKeys())
            .build();
    assertThat(config.getValue("quarkus.oidc.tidemark.credentials.secret", String.class))
        .isEqualTo(secret);
  }

  @Test
  void claimsAreOfTheTokenOrElseOfUserInfo() {
    Claims claims =
        new Claims(
            new JsonObject().put("name", "ada").put("realm", new JsonObject().put("roles", "one")),
            new JsonObject()
                .put("name", "other")
                .put("groups", new JsonArray().add("a").add(7).add("b"))
                .put("https://x/y", "slashed"));
    assertThat(claims.text("name")).isEqualTo("ada");
    assertThat(claims.texts("groups")).containsExactly("a", "b");
    assertThat(claims.texts("realm/roles")).containsExactly("one");
    assertThat(claims.text("https://x/y")).isEqualTo("slashed");
    assertThat(claims.text("none/at/all")).isEmpty();
    assertThat(claims.texts("realm")).isEmpty();
  }
}
