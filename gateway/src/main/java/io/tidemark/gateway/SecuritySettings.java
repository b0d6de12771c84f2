package io.tidemark.gateway;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import io.tidemark.identity.Tls;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * What {@code tidemark.security} means for the ports that Quarkus opens: with security on HTTPS and
 * nothing else, with security off plain HTTP, on this machine alone unless another host is named.
 * Both are said, as a build remembers what it was told.
 */
public final class SecuritySettings implements ConfigSourceFactory {
  private static final String KEY = "tidemark.security";

  static {
    var unused = Tls.versions(); // has Java's TLS set up before anything opens a port
  }

  /** Above application.properties, below the environment and the command line. */
  private static final int ORDINAL = 260;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    ConfigValue value = context.getValue(KEY);
    String security = value == null || value.getValue() == null ? "on" : value.getValue();
    boolean off = !security.equals("on"); // one that is neither is refused
    Map<String, String> settings = new HashMap<>();
    settings.put("quarkus.http.insecure-requests", off ? "enabled" : "disabled");
    settings.put("quarkus.http.tls-configuration-name", off ? "" : HttpTls.NAME);
    if (security.equals("off")) {
      settings.put("quarkus.http.host", "127.0.0.1");
    }
    return List.of(new PropertiesConfigSource(settings, KEY, ORDINAL));
  }
}
