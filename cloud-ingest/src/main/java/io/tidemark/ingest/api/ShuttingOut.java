package io.tidemark.ingest.api;

import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.ingest.accesslist.AccessLists;
import io.tidemark.ingest.accesslist.ShutOuts;
import io.tidemark.ingest.api.ShutOutViews.ShutOutRequest;
import io.tidemark.ingest.api.ShutOutViews.ShutOutView;
import io.tidemark.ingest.gateways.Gateways;
import io.tidemark.ingest.gateways.KnownGateway;
import io.tidemark.ingest.identity.CertificateAuthority;
import io.tidemark.ingest.sql.SqlUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is the same for devices and gateways that are shut out and let back in. Thread-safe. */
@Singleton
class ShuttingOut {
  private static final int CONFLICT = 409;

  private final ShutOuts shutOuts;
  private final AccessLists lists;
  private final Gateways gateways;
  private final CertificateAuthority authority;
  private final Caller caller;

  @Inject
  ShuttingOut(
      ShutOuts shutOuts,
      AccessLists lists,
      Gateways gateways,
      CertificateAuthority authority,
      Caller caller) {
    this.shutOuts = shutOuts;
    this.lists = lists;
    this.gateways = gateways;
    this.authority = authority;
    this.caller = caller;
  }

  ShutOutView shutOut(Identity who, @Nullable ShutOutRequest request)
      throws SqlUnavailableException {
    requireKnown(who);
    if (!authority.isOpen()) {
      throw ApiException.of(
          CONFLICT,
          "Security is off",
          "nobody is asked here who it is, so nobody can be shut out: tidemark.security is off");
    }
    if (request == null) {
      throw ApiException.parameter("the body", "", "a JSON object");
    }
    shutOuts.shutOut(caller.actor(), who, request.checked());
    return view(who);
  }

  ShutOutView letIn(Identity who) throws SqlUnavailableException {
    shutOuts.letIn(caller.actor(), who);
    return view(who);
  }

  ShutOutView view(Identity who) throws SqlUnavailableException {
    requireKnown(who);
    // One that is shut out itself is told nothing: nobody is to wait for it.
    Set<String> out = shutOuts.since(Role.GATEWAY).keySet();
    List<KnownGateway> told =
        gateways.all().stream()
            .filter(gateway -> !out.contains(gateway.report().gateway()))
            .toList();
    return ShutOutView.of(who.name(), shutOuts.of(who), told, lists.version());
  }

  private void requireKnown(Identity who) throws SqlUnavailableException {
    if (!shutOuts.isKnown(who)) {
      throw ApiException.notFound("nobody has heard of " + who);
    }
  }
}
