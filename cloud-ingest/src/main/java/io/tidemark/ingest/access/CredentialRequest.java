package io.tidemark.ingest.access;

import io.quarkus.security.identity.request.BaseAuthenticationRequest;

/** A secret that came with a request. */
final class CredentialRequest extends BaseAuthenticationRequest {
  private final Holder.Kind kind;
  private final String secret;
  private volatile String why = "";

  CredentialRequest(Holder.Kind kind, String secret) {
    this.kind = kind;
    this.secret = secret;
  }

  Holder.Kind kind() {
    return kind;
  }

  String secret() {
    return secret;
  }

  /** Why it is void; empty if it is not. */
  String why() {
    return why;
  }

  void isVoid(String reason) {
    why = reason;
  }
}
