package io.tidemark.ingest.access;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.tidemark.ingest.audit.Actor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes from a request what says whom it is of: an API key, or the cookie of a session. Who brings
 * nothing, or something void, is nobody, and other mechanisms are asked. With security off
 * everybody has every role.
 */
@Singleton
public final class AccessMechanism implements HttpAuthenticationMechanism {
  private static final String BEARER = "Bearer ";
  private static final int SECRET_MAX_CHARS = 128;

  private static final SecurityIdentity EVERYBODY =
      QuarkusSecurityIdentity.builder()
          .setPrincipal(new QuarkusPrincipal(Actor.ANYONE))
          .addRoles(Role.ADMIN.words())
          .addRole(Roles.GATEWAY)
          .build();

  private final AccessSettings settings;

  @Inject
  AccessMechanism(AccessSettings settings) {
    this.settings = settings;
  }

  @Override
  public Uni<SecurityIdentity> authenticate(
      RoutingContext context, IdentityProviderManager providers) {
    if (!settings.isOn()) {
      return Uni.createFrom().item(EVERYBODY);
    }
    String path = context.normalizedPath();
    boolean isOpen = Doors.role(context.request().method(), path).equals(Doors.OPEN);
    CredentialRequest credential = isOpen && !Doors.isAnnotated(path) ? null : credential(context);
    if (credential == null) {
      return Uni.createFrom().nullItem();
    }
    return providers
        .authenticate(credential)
        // What is void is not worse than nothing: what everybody may have one gets all the same.
        .onFailure(AuthenticationFailedException.class)
        .recoverWithNull()
        .onItem()
        .ifNull()
        .switchTo(
            () -> {
              Refusal.isVoid(context, credential.why());
              return Uni.createFrom().nullItem();
            });
  }

  private static @Nullable CredentialRequest credential(RoutingContext context) {
    String authorization = context.request().getHeader(HttpHeaders.AUTHORIZATION);
    if (authorization != null) {
      boolean isKey = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
      String secret = isKey ? authorization.substring(BEARER.length()).strip() : "";
      return new CredentialRequest(
          Holder.Kind.KEY, secret.length() > SECRET_MAX_CHARS ? "" : secret);
    }
    String secret = Cookies.secret(context.request());
    return secret.isEmpty() || secret.length() > SECRET_MAX_CHARS
        ? null
        : new CredentialRequest(Holder.Kind.SESSION, secret);
  }

  @Override
  public Uni<ChallengeData> getChallenge(RoutingContext context) {
    return Uni.createFrom().item(new ChallengeData(401, "WWW-Authenticate", Refusal.CHALLENGE));
  }

  @Override
  public Uni<Boolean> sendChallenge(RoutingContext context) {
    Refusal refusal = AccessPolicy.refusal(context);
    (refusal == null ? Refusal.nobody(context, Roles.VIEWER) : refusal).send(context);
    return Uni.createFrom().item(true);
  }

  @Override
  public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
    return Set.of(CredentialRequest.class);
  }

  /** Before others: what is sent on purpose goes before what a connection has by itself. */
  @Override
  public int getPriority() {
    return DEFAULT_PRIORITY + 1_000;
  }
}
