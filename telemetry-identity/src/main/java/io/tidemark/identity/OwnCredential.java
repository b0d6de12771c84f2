package io.tidemark.identity;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The credential that is used now, for TLS: renewing it needs no restart, and breaks no connection.
 * Thread-safe.
 */
public final class OwnCredential extends X509ExtendedKeyManager {
  private static final String KEY_TYPE = "EC";

  /** With the one before, as a handshake may have begun with that. */
  private record Held(int number, Credential now, @Nullable Credential before) {
    String alias() {
      return Integer.toString(number);
    }

    @Nullable Credential of(@Nullable String alias) {
      if (alias().equals(alias)) {
        return now;
      }
      return Integer.toString(number - 1).equals(alias) ? before : null;
    }
  }

  private volatile Held held;

  /** Begins with this one. */
  public OwnCredential(Credential first) {
    held = new Held(1, first, null);
  }

  /** From now on this is used. */
  public synchronized void replace(Credential renewed) {
    held = new Held(held.number + 1, renewed, held.now);
  }

  /** What is used now. */
  public Credential now() {
    return held.now;
  }

  private @Nullable String aliasFor(String keyType) {
    return keyType.equals(KEY_TYPE) ? held.alias() : null;
  }

  private @Nullable String aliasFor(String[] keyTypes) {
    for (String keyType : keyTypes) {
      if (keyType.equals(KEY_TYPE)) {
        return held.alias();
      }
    }
    return null;
  }

  /** Whichever authorities the server names: there is but this one. */
  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return aliasFor(keyTypes);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return aliasFor(keyTypes);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return aliasFor(keyType);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return aliasFor(keyType);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return getServerAliases(keyType, issuers);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    String alias = aliasFor(keyType);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
    Credential credential = held.of(alias);
    return credential == null ? null : credential.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
    Credential credential = held.of(alias);
    return credential == null ? null : credential.key();
  }
}
