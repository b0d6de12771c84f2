package io.tidemark.ingest.api;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.tidemark.ingest.access.Roles;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;

/** In place of a client certificate: who sends the header is a gateway. Only in tests. */
@Singleton
public final class GatewayByHeader implements HttpAuthenticationMechanism {
  static final String HEADER = "Test-Gateway";

  @Override
  public Uni<SecurityIdentity> authenticate(
      RoutingContext context, IdentityProviderManager providers) {
    return context.request().getHeader(HEADER) == null
        ? Uni.createFrom().nullItem()
        : Uni.createFrom()
            .item(
                QuarkusSecurityIdentity.builder()
                    .setPrincipal(new QuarkusPrincipal("g1"))
                    .addRole(Roles.GATEWAY)
                    .build());
  }

  @Override
  public Uni<ChallengeData> getChallenge(RoutingContext context) {
    return Uni.createFrom().item(new ChallengeData(401, "WWW-Authenticate", "Test"));
  }
}
