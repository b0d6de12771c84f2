package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidemark.ingest.identity.DeviceSecret;
import io.tidemark.ingest.identity.DeviceSecret.Kind;
import io.tidemark.ingest.identity.DeviceSecrets;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Passwords and keys of devices as the API has them. */
final class SecretViews {
  private SecretViews() {}

  @Schema(description = "A password or a key that is to be made")
  record SecretRequest(
      @Schema(description = "password, for MQTT, or psk, for CoAP") @Nullable String kind) {
    Kind checked() {
      return kindOf(kind);
    }
  }

  static Kind kindOf(@Nullable String text) {
    return Kind.of(text == null ? "" : text)
        .orElseThrow(() -> ApiException.parameter("kind", text, "password or psk"));
  }

  @Schema(description = "That a device has a password or a key")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SecretView(
      @Schema(description = "password or psk") String kind,
      @Schema(description = "Since when") String madeAt,
      @Schema(description = "Who has had it made") String madeBy,
      @Schema(
              description =
                  "The password or key, shown this once; a key has as many bytes as characters. Who has it is the device")
          @Nullable String secret,
      @Schema(description = "A key's bytes in hexadecimal, for clients that want them so")
          @Nullable String hex) {
    static SecretView of(DeviceSecret secret) {
      return of(secret, null);
    }

    static SecretView of(DeviceSecrets.Made made) {
      return of(made.secret(), made.text());
    }

    private static SecretView of(DeviceSecret secret, @Nullable String text) {
      return new SecretView(
          secret.kind().text(),
          Times.format(secret.madeAtNanos()),
          secret.madeBy(),
          text,
          text == null || secret.kind() != Kind.PSK
              ? null
              : HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII)));
    }
  }

  @Schema(description = "The passwords and keys of a device")
  record SecretsView(@Schema(description = "At most one of each kind") List<SecretView> items) {}
}
