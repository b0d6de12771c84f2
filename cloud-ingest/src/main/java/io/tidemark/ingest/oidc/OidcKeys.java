package io.tidemark.ingest.oidc;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Expressions;
import io.smallrye.config.PropertiesConfigSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * What {@code tidemark.access.oidc.*} means for Quarkus: a tenant that is there at {@link
 * OidcDoor#PATH} and nowhere else, with nothing left to choose that could weaken it. None without
 * an issuer, or with security off.
 */
public final class OidcKeys implements ConfigSourceFactory {
  /** By which Quarkus knows it; part of the names of its cookies. */
  static final String TENANT = "tidemark";

  private static final String OURS = "tidemark.access.oidc.";
  private static final String TLS = "tidemark-oidc";

  /** Above application.properties, below the environment and the command line. */
  private static final int ORDINAL = 260;

  private static final int SECRET_BYTES = 24;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    String issuer = text(context, OURS + "issuer", "");
    String client = text(context, OURS + "client-id", "");
    String authority = text(context, OURS + "authority", "");
    // What else is wrong OidcSettings says, in our words.
    boolean isOn =
        !issuer.isEmpty()
            && !client.isEmpty()
            && (authority.isEmpty() || Files.isReadable(Path.of(authority)))
            && text(context, "tidemark.security", "on").equals("on");
    Map<String, String> keys = new HashMap<>();
    keys.put("quarkus.http.auth.permission.oidc.enabled", Boolean.toString(isOn));
    if (isOn) {
      String tenant = "quarkus.oidc." + TENANT + ".";
      keys.put(tenant + "auth-server-url", issuer);
      keys.put(tenant + "client-id", client);
      String secret = Expressions.withoutExpansion(() -> text(context, OURS + "client-secret", ""));
      if (!secret.isEmpty()) {
        keys.put(tenant + "credentials.secret", literal(secret));
      }
      keys.put(tenant + "application-type", "web-app");
      keys.put(tenant + "tenant-paths", OidcDoor.PATH);
      keys.put(tenant + "authentication.redirect-path", OidcDoor.PATH);
      keys.put(tenant + "authentication.restore-path-after-redirect", "false");
      // The answer is taken at once; no second request has to be known by Quarkus' own cookie.
      keys.put(tenant + "authentication.remove-redirect-parameters", "false");
      keys.put(tenant + "authentication.scopes", text(context, OURS + "scopes", "profile"));
      keys.put(tenant + "authentication.pkce-required", "true");
      keys.put(tenant + "authentication.nonce-required", "true");
      keys.put(
          tenant + "authentication.state-secret", secret.isEmpty() ? random() : derived(secret));
      keys.put(tenant + "authentication.cookie-path", OidcDoor.PATH);
      keys.put(tenant + "authentication.cookie-same-site", "strict");
      keys.put(tenant + "authentication.cookie-force-secure", "true");
      keys.put(tenant + "authentication.user-info-required", "true");
      if (!authority.isEmpty()) {
        keys.put(tenant + "tls.tls-configuration-name", TLS);
        keys.put("quarkus.tls." + TLS + ".trust-store.pem.certs", authority);
      }
    }
    return List.of(new PropertiesConfigSource(keys, "tidemark.access.oidc", ORDINAL));
  }

  /** What is read as this text, and not as one with expressions to be replaced. */
  private static String literal(String text) {
    return text.replace("$", "\\$");
  }

  private static String text(ConfigSourceContext context, String key, String otherwise) {
    ConfigValue value = context.getValue(key);
    return value == null || value.getValue() == null ? otherwise : value.getValue();
  }

  /**
   * The same at every ingest that the provider knows by this secret, so that a login that was begun
   * at one may end at another; and nobody learns the secret from it.
   */
  static String derived(String clientSecret) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(clientSecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] key = mac.doFinal("tidemark oidc state".getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(key, 0, SECRET_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }

  /** Encrypts what a browser keeps for the minutes in which somebody logs in there. */
  private static String random() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
