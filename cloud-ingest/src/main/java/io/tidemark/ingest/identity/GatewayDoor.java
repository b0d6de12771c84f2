package io.tidemark.ingest.identity;

import io.tidemark.identity.UntrustedException;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.SimpleResourceInfo;
import org.jspecify.annotations.Nullable;

/**
 * Lets nobody but gateways in where they deliver. By where a request has arrived, not by how its
 * address is spelt.
 */
@Singleton
final class GatewayDoor {
  private static final String FOR_GATEWAYS = "/intake/";
  private static final int FORBIDDEN = 403;

  /** Filters are made before there is a configuration to make these by. */
  private final Provider<CertificateAuthority> authority;

  private final Provider<Peers> peers;

  @Inject
  GatewayDoor(Provider<CertificateAuthority> authority, Provider<Peers> peers) {
    this.authority = authority;
    this.peers = peers;
  }

  /** Null lets it in. */
  @ServerRequestFilter
  @Nullable Response check(SimpleResourceInfo resource, HttpServerRequest request) {
    Path path = resource.getResourceClass().getAnnotation(Path.class);
    if (!authority.get().isOpen() || path == null || !path.value().startsWith(FOR_GATEWAYS)) {
      return null;
    }
    try {
      Peer unused = peers.get().gateway(request);
      return null;
    } catch (UntrustedException e) {
      Map<String, Object> problem = new LinkedHashMap<>();
      problem.put("type", "about:blank");
      problem.put("title", "Not a gateway");
      problem.put("status", FORBIDDEN);
      problem.put("detail", String.valueOf(e.getMessage()));
      return Response.status(FORBIDDEN).type("application/problem+json").entity(problem).build();
    }
  }
}
