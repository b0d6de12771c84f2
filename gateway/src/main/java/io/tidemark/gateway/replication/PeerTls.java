package io.tidemark.gateway.replication;

import io.tidemark.identity.Bars;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import io.tidemark.identity.UntrustedException;
import io.tidemark.identity.UntrustedException.Reason;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContextBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.jspecify.annotations.Nullable;

/**
 * How gateways speak to each other where anybody could listen or join in: each proves that it is a
 * gateway, to who asks and to whom it asks. Which one it is, and of which cluster, is said in what
 * they say. By the JDK's TLS, as a renewed certificate counts there for the next connection.
 * Thread-safe.
 */
public final class PeerTls {
  private final OwnCredential own;
  private final Supplier<Bars> bars;
  private final Peer peer;
  private final Door door = new Door();
  private final Map<Reason, LongAdder> refused = new EnumMap<>(Reason.class);

  /**
   * Proves what {@code own} does, and believes gateways that {@code trust} does.
   *
   * @param bars who is shut out now; asked at each handshake
   */
  public PeerTls(OwnCredential own, Trust trust, Supplier<Bars> bars, Clock clock) {
    this.own = own;
    this.bars = bars;
    for (Reason reason : Reason.values()) {
      refused.put(reason, new LongAdder());
    }
    this.peer =
        new Peer(
            ClientTrust.of(trust, clock, door),
            new ServerTrust(trust, server -> clock.instant()),
            bars);
  }

  private final class Door implements ClientTrust.Door {
    @Override
    public void check(io.tidemark.identity.Identity identity, X509Certificate certificate)
        throws UntrustedException {
      requireGateway(identity);
      bars.get().check(identity, certificate.getNotBefore().toInstant());
    }

    @Override
    public void refused(UntrustedException why) {
      LongAdder times = refused.get(why.reason());
      if (times != null) {
        times.increment();
      }
    }
  }

  /** How often somebody was not heard at the replication port, or no more, for this reason. */
  public long refused(Reason reason) {
    LongAdder times = refused.get(reason);
    return times == null ? 0 : times.sum();
  }

  /**
   * Why one that was believed when it connected is not heard any more; null if it is. Any thread.
   *
   * @param shown its certificate; null if it has shown none
   */
  @Nullable UntrustedException objection(@Nullable X509Certificate shown) {
    io.tidemark.identity.Identity who =
        shown == null ? null : io.tidemark.identity.Identity.of(shown);
    try {
      if (shown == null || who == null) {
        throw new UntrustedException(Reason.NO_CERTIFICATE, "it has shown no certificate of ours");
      }
      bars.get().check(who, shown.getNotBefore().toInstant());
      return null;
    } catch (UntrustedException e) {
      door.refused(e);
      return e;
    }
  }

  /** The next connection that is made with a gateway begins with a look at who it is. */
  void lookAgain(String gateway) {
    peer.resumable.forget(gateway);
  }

  /** Before when a gateway's certificates are void, as {@link Bars#voidBefore} has it. */
  Instant voidBefore(String gateway) {
    return bars.get().voidBefore(new io.tidemark.identity.Identity(Role.GATEWAY, gateway));
  }

  private static void requireGateway(io.tidemark.identity.Identity identity)
      throws UntrustedException {
    if (identity.role() != Role.GATEWAY) {
      throw new UntrustedException(
          Reason.WRONG_ROLE,
          "only gateways may speak at the replication port, and this is " + identity);
    }
  }

  /** For Ratis' own connections, both ways. */
  void secure(Parameters parameters) {
    GrpcTlsConfig.Builder builder = GrpcTlsConfig.newBuilder();
    builder.setName("peers");
    builder.setKeyManager(own);
    builder.setTrustManager(peer);
    builder.setMutualTls(true);
    builder.setSslProvider(SslProvider.JDK);
    builder.setProtocols(Tls.versions());
    GrpcConfigKeys.TLS.setConf(parameters, builder.build());
  }

  /** For a connection of ours. */
  void secure(NettyChannelBuilder channel) {
    try {
      channel.sslContext(
          GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
              .keyManager(own)
              .trustManager(peer)
              .protocols(Tls.versions())
              .build());
    } catch (SSLException e) {
      throw new IllegalStateException("this Java cannot encrypt: " + e.getMessage(), e);
    }
  }

  /** Both sides in one, as Ratis takes but one. */
  private static final class Peer extends X509ExtendedTrustManager {
    private final ClientTrust clients;
    private final ServerTrust servers;

    private final Supplier<Bars> bars;
    private final Resumable resumable = new Resumable();

    Peer(ClientTrust clients, ServerTrust servers, Supplier<Bars> bars) {
      this.clients = clients;
      this.servers = servers;
      this.bars = bars;
    }

    private void requireLetIn(X509Certificate[] chain, @Nullable SSLEngine engine)
        throws CertificateException {
      io.tidemark.identity.Identity server = io.tidemark.identity.Identity.of(chain[0]);
      if (server != null) {
        bars.get().check(server, chain[0].getNotBefore().toInstant());
        if (engine != null) {
          resumable.keep(server.name(), engine);
        }
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, Socket socket)
        throws CertificateException {
      clients.checkClientTrusted(chain, method, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method, SSLEngine engine)
        throws CertificateException {
      clients.checkClientTrusted(chain, method, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String method)
        throws CertificateException {
      clients.checkClientTrusted(chain, method);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, Socket socket)
        throws CertificateException {
      servers.checkServerTrusted(chain, method, socket);
      requireLetIn(chain, null);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method, SSLEngine engine)
        throws CertificateException {
      servers.checkServerTrusted(chain, method, engine);
      requireLetIn(chain, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String method)
        throws CertificateException {
      servers.checkServerTrusted(chain, method);
      requireLetIn(chain, null);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return clients.getAcceptedIssuers();
    }
  }
}
