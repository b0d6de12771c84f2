package io.tidemark.ingest;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import io.tidemark.identity.Tls;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * What {@code tidemark.security} means for the ports that Quarkus opens: with security on HTTPS and
 * nothing else, with security off plain HTTP. Both are said, as a build remembers what it was told.
 */
public final class SecuritySettings implements ConfigSourceFactory {
  static final String KEY = "tidemark.security";

  static {
    var unused = Tls.versions(); // has Java's TLS set up before anything opens a port
  }

  /** Above application.properties, below the environment and the command line. */
  private static final int ORDINAL = 260;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    ConfigValue value = context.getValue(KEY);
    boolean off = value != null && !"on".equals(value.getValue()); // one that is neither is refused
    return List.of(
        new PropertiesConfigSource(
            Map.of(
                "quarkus.http.insecure-requests",
                off ? "enabled" : "disabled",
                "quarkus.http.tls-configuration-name",
                off ? "" : "tidemark"),
            "tidemark.security",
            ORDINAL));
  }
}
