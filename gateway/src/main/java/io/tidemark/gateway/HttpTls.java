package io.tidemark.gateway;

import io.quarkus.arc.Unremovable;
import io.quarkus.tls.runtime.KeyStoreAndKeyCertOptions;
import io.quarkus.tls.runtime.KeyStoreProvider;
import io.quarkus.tls.runtime.TrustStoreAndTrustOptions;
import io.quarkus.tls.runtime.TrustStoreProvider;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.smallrye.common.annotation.Identifier;
import io.tidemark.gateway.identity.GatewayIdentity;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.OwnCredential;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * HTTPS with this gateway's own certificate. Quarkus opens the port before the gateway starts,
 * which may have to be enrolled first: so what is shown and believed is looked up at each
 * handshake, and until there is something nobody can connect. A renewed certificate needs no
 * restart.
 */
final class HttpTls {
  /** By which Quarkus knows it: {@code quarkus.http.tls-configuration-name}. */
  static final String NAME = "tidemark";

  private HttpTls() {}

  @Produces
  @Singleton
  @Unremovable
  @Identifier(NAME)
  static KeyStoreProvider keys(Gateway gateway) {
    return vertx -> new KeyStoreAndKeyCertOptions(empty(), KeyCertOptions.wrap(new Shown(gateway)));
  }

  @Produces
  @Singleton
  @Unremovable
  @Identifier(NAME)
  static TrustStoreProvider trust(Gateway gateway) {
    return vertx ->
        new TrustStoreAndTrustOptions(empty(), TrustOptions.wrap(new Believed(gateway)));
  }

  /**
   * Has handshakes compute on other threads than the event loops, which serve devices, too, and
   * would hold them up for as long as each takes.
   */
  @Singleton
  @Unremovable
  static final class Handshakes implements HttpServerOptionsCustomizer {
    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
      options.setSslEngineOptions(new JdkSSLEngineOptions().setUseWorkerThread(true));
    }
  }

  /** Keys are not in a store here. */
  private static KeyStore empty() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("an empty key store cannot be made", e);
    }
  }

  /** What {@link OwnCredential} says, once there is one. A server's part of it. */
  private static final class Shown extends X509ExtendedKeyManager {
    private final Gateway gateway;

    Shown(Gateway gateway) {
      this.gateway = gateway;
    }

    private @Nullable OwnCredential own() {
      GatewayIdentity identity = gateway.identity();
      return identity == null ? null : identity.own();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return chooseServerAlias(keyType, issuers, null);
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      OwnCredential own = own();
      return own == null ? null : own.chooseServerAlias(keyType, issuers, socket);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      OwnCredential own = own();
      return own == null ? null : own.getServerAliases(keyType, issuers);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
      OwnCredential own = own();
      return own == null ? null : own.getCertificateChain(alias);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
      OwnCredential own = own();
      return own == null ? null : own.getPrivateKey(alias);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }

  /** What {@link ClientTrust} says, once there is one. */
  private static final class Believed extends X509ExtendedTrustManager {
    private final Gateway gateway;

    Believed(Gateway gateway) {
      this.gateway = gateway;
    }

    private ClientTrust clients() throws CertificateException {
      GatewayIdentity identity = gateway.identity();
      if (identity == null) {
        throw new CertificateException("this gateway does not know yet whom to believe");
      }
      return identity.clients();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method)
        throws CertificateException {
      clients().checkClientTrusted(chain, method);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, method);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, method);
    }

    /** Not named: a device that has another would show none, and nobody would know why. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method)
        throws CertificateException {
      clients().checkServerTrusted(chain, method);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, method);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, method);
    }
  }
}
