package io.tidemark.ingest.access;

import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.IdentityProvider;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.smallrye.mutiny.Uni;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Finds out whom a secret is of; on a thread that may block. */
@Singleton
public final class Identities implements IdentityProvider<CredentialRequest> {
  private static final String HOLDER = "tidemark.holder";

  private final Access access;

  @Inject
  Identities(Access access) {
    this.access = access;
  }

  @Override
  public Class<CredentialRequest> getRequestType() {
    return CredentialRequest.class;
  }

  @Override
  public Uni<SecurityIdentity> authenticate(
      CredentialRequest request, AuthenticationRequestContext context) {
    return context.runBlocking(() -> identity(request));
  }

  @SuppressWarnings("NullAway") // null is what Quarkus has for nobody
  private @Nullable SecurityIdentity identity(CredentialRequest request) {
    try {
      if (request.kind() == Holder.Kind.SESSION) {
        Holder holder = access.session(request.secret()).orElse(null);
        if (holder == null) {
          request.isVoid("the session is over");
        }
        return holder == null ? null : of(holder);
      }
      ApiKeys.Found found = access.key(request.secret());
      request.isVoid(found.why());
      return found.holder() == null ? null : of(found.holder());
    } catch (SqlUnavailableException e) {
      throw new IllegalStateException("it cannot be found out who asks", e);
    }
  }

  private static SecurityIdentity of(Holder holder) {
    return QuarkusSecurityIdentity.builder()
        .setPrincipal(new QuarkusPrincipal(holder.who()))
        .addRoles(holder.role().words())
        .addAttribute(HOLDER, holder)
        .build();
  }

  /** Whose session or key an identity is by; null if it is by neither. */
  public static @Nullable Holder holder(SecurityIdentity identity) {
    return identity.getAttribute(HOLDER);
  }
}
