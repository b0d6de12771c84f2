package io.tidemark.ingest.identity;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.tidemark.identity.UntrustedException;
import io.tidemark.ingest.access.Refusal;
import io.tidemark.ingest.access.Roles;
import io.tidemark.ingest.audit.Actor;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;

/** Knows gateways, where they deliver, by the certificate that they have shown. */
@Singleton
public final class GatewayMechanism implements HttpAuthenticationMechanism {
  private static final String FOR_GATEWAYS = "/intake/";

  private static final SecurityIdentity NOBODY =
      QuarkusSecurityIdentity.builder()
          .setPrincipal(new QuarkusPrincipal(Actor.NOBODY))
          .setAnonymous(true)
          .build();

  private final CertificateAuthority authority;
  private final Peers peers;

  @Inject
  GatewayMechanism(CertificateAuthority authority, Peers peers) {
    this.authority = authority;
    this.peers = peers;
  }

  @Override
  public Uni<SecurityIdentity> authenticate(
      RoutingContext context, IdentityProviderManager providers) {
    if (!authority.isOpen() || !context.normalizedPath().startsWith(FOR_GATEWAYS)) {
      return Uni.createFrom().nullItem();
    }
    try {
      Peer gateway = peers.gateway(context.request());
      return Uni.createFrom()
          .item(
              QuarkusSecurityIdentity.builder()
                  .setPrincipal(new QuarkusPrincipal(gateway.identity().toString()))
                  .addRole(Roles.GATEWAY)
                  .build());
    } catch (UntrustedException e) {
      Refusal.isVoid(context, String.valueOf(e.getMessage()));
      return peers.at(context.request()) == null
          ? Uni.createFrom().nullItem()
          : Uni.createFrom().item(NOBODY);
    }
  }

  /** Before Quarkus' own, to which whoever has shown a certificate is somebody. */
  @Override
  public int getPriority() {
    return DEFAULT_PRIORITY + 10_000;
  }

  @Override
  public Uni<ChallengeData> getChallenge(RoutingContext context) {
    return Uni.createFrom().nullItem();
  }

  @Override
  public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
    return Set.of();
  }
}
