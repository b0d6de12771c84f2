package io.tidemark.ingest.api;

import io.quarkus.security.identity.SecurityIdentity;
import io.tidemark.ingest.access.Holder;
import io.tidemark.ingest.access.Identities;
import io.tidemark.ingest.audit.Actor;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Who calls: of the request that the thread is answering. */
@Singleton
final class Caller {
  private final SecurityIdentity identity;
  private final RoutingContext request;

  /**
   * @param identity stands for that of the request under way
   * @param request the same
   */
  @Inject
  Caller(SecurityIdentity identity, RoutingContext request) {
    this.identity = identity;
    this.request = request;
  }

  /** As the audit has it. */
  Actor actor() {
    String name = identity.isAnonymous() ? Actor.NOBODY : identity.getPrincipal().getName();
    return new Actor(name, address());
  }

  /** Where the request came from; the last proxy, if Quarkus was told to believe no header. */
  String address() {
    SocketAddress address = request.request().remoteAddress();
    return address == null ? "" : String.valueOf(address.hostAddress());
  }

  /** Whose session or key the request is by; null if by neither. */
  @Nullable Holder holder() {
    return Identities.holder(identity);
  }

  /** As HTTP had it. */
  HttpServerRequest request() {
    return request.request();
  }
}
