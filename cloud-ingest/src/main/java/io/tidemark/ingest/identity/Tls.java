package io.tidemark.ingest.identity;

import io.quarkus.arc.Unremovable;
import io.quarkus.tls.runtime.KeyStoreAndKeyCertOptions;
import io.quarkus.tls.runtime.KeyStoreProvider;
import io.quarkus.tls.runtime.TrustStoreAndTrustOptions;
import io.quarkus.tls.runtime.TrustStoreProvider;
import io.smallrye.common.annotation.Identifier;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.OwnCredential;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * HTTPS with what {@link ServerIdentity} shows and believes, so that a renewed certificate needs no
 * restart. Quarkus asks for it before ingest starts; what is in it is looked up when the port is
 * opened, which is after that.
 */
final class Tls {
  /** By which Quarkus knows it: {@code quarkus.http.tls-configuration-name}. */
  static final String NAME = "tidemark";

  @Produces
  @Singleton
  @Unremovable
  @Identifier(NAME)
  static KeyStoreProvider keys(ServerIdentity identity) {
    return vertx -> new KeyStoreAndKeyCertOptions(empty(), new Shown(identity));
  }

  @Produces
  @Singleton
  @Unremovable
  @Identifier(NAME)
  static TrustStoreProvider trust(ServerIdentity identity) {
    return vertx -> new TrustStoreAndTrustOptions(empty(), new Believed(identity));
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

  private record Shown(ServerIdentity identity) implements KeyCertOptions {
    @Override
    public KeyCertOptions copy() {
      return this;
    }

    @Override
    public KeyManagerFactory getKeyManagerFactory(Vertx vertx) throws Exception {
      OwnCredential own = identity.own();
      if (own == null) {
        // It does not start, and has said why; until it has ended nobody can connect.
        KeyManagerFactory none =
            KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        none.init(empty(), new char[0]);
        return none;
      }
      return KeyCertOptions.wrap(own).getKeyManagerFactory(vertx);
    }
  }

  private record Believed(ServerIdentity identity) implements TrustOptions {
    @Override
    public TrustOptions copy() {
      return this;
    }

    @Override
    public TrustManagerFactory getTrustManagerFactory(Vertx vertx) throws Exception {
      ClientTrust clients = identity.clients();
      if (clients == null) {
        TrustManagerFactory nobody =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        nobody.init(empty());
        return nobody;
      }
      return TrustOptions.wrap(clients).getTrustManagerFactory(vertx);
    }

    @Override
    public Function<String, TrustManager[]> trustManagerMapper(Vertx vertx) {
      return serverName -> null;
    }
  }
}
