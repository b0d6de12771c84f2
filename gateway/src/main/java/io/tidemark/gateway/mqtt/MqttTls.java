package io.tidemark.gateway.mqtt;

import io.netty.handler.ssl.SslHandler;
import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.Passwords;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Tls;
import io.tidemark.identity.UntrustedException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS for the connections of a listener: it tells who a device is before that has said anything.
 * Handshakes compute on threads of their own, of which there are few, so that thousands of them
 * take no event loop's time from those who are let in. Thread-safe.
 */
public final class MqttTls implements AutoCloseable {
  private final Devices devices;
  private final Passwords passwords;
  private final SSLContext context;
  private final ExecutorService threads;

  /** Whose certificate was believed in a handshake that is not over. */
  private final Map<SSLEngine, Device> believed = Collections.synchronizedMap(new WeakHashMap<>());

  /**
   * With what this gateway proves who it is; what {@code own} holds when a handshake begins counts
   * in it.
   *
   * @param passwords of devices that show no certificate; closed with this
   */
  public MqttTls(OwnCredential own, Devices devices, Passwords passwords)
      throws GeneralSecurityException {
    this.devices = devices;
    this.passwords = passwords;
    this.context = Tls.server(own, new Believing());
    this.threads =
        Executors.newFixedThreadPool(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            task -> {
              Thread thread = new Thread(task, "mqtt-handshake");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** For one connection. It ends no handshake by itself: the gate does. */
  SslHandler handler() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(Tls.versions());
    engine.setEnabledCipherSuites(Tls.ciphers());
    // Not required: who has none may have a password, which only its CONNECT says; and who has
    // neither is told so by MQTT, in words.
    engine.setWantClientAuth(true);
    SslHandler handler = new SslHandler(engine, threads);
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  /**
   * Whose connection it is, after a handshake. Null if it has shown no certificate.
   *
   * @throws UntrustedException if it goes on with a session of before in which it was believed, and
   *     would be no more
   */
  @Nullable Device deviceOf(SSLEngine engine) throws UntrustedException {
    Device device = believed.remove(engine);
    if (device != null) {
      return device;
    }
    List<X509Certificate> chain = new ArrayList<>();
    try {
      for (var certificate : engine.getSession().getPeerCertificates()) {
        chain.add((X509Certificate) certificate);
      }
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
    return devices.check(chain);
  }

  /** Whether one that was let in would be let in again by what it has shown. Any thread. */
  boolean mayStay(Device device) {
    return devices.objection(device) == null && passwords.secrets().stillCounts(device);
  }

  /** Whom it believes. */
  Devices devices() {
    return devices;
  }

  Clock clock() {
    return devices.clock();
  }

  Passwords passwords() {
    return passwords;
  }

  /** Why a handshake failed. */
  static CloseReason reasonOf(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UntrustedException untrusted) {
        return CloseReason.of(untrusted.reason());
      }
    }
    return CloseReason.HANDSHAKE;
  }

  /** Whether something failed in TLS, and not in what it carries. */
  static boolean isFrom(Throwable thrown) {
    return thrown instanceof SSLException || thrown.getCause() instanceof SSLException;
  }

  @Override
  public void close() {
    threads.shutdown();
    passwords.close();
  }

  /** Remembers whom it has believed, so that no chain is followed twice. */
  private final class Believing extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, SSLEngine engine)
        throws CertificateException {
      believed.put(engine, devices.check(Arrays.asList(chain)));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return devices.clients().getAcceptedIssuers();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, Socket socket)
        throws CertificateException {
      devices.clients().checkClientTrusted(chain, method, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method)
        throws CertificateException {
      devices.clients().checkClientTrusted(chain, method);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, SSLEngine engine)
        throws CertificateException {
      devices.clients().checkServerTrusted(chain, method, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, Socket socket)
        throws CertificateException {
      devices.clients().checkServerTrusted(chain, method, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method)
        throws CertificateException {
      devices.clients().checkServerTrusted(chain, method);
    }
  }
}
