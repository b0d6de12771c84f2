package io.tidemark.gateway.replication;

import io.tidemark.identity.UntrustedException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Hears nothing more of a gateway that is shut out while it is connected. TLS asks who somebody is
 * when a connection begins, and those of gateways last for months; so here it is asked again with
 * each message. Thread-safe.
 */
final class PeerDoor implements ServerInterceptor {
  private final PeerTls tls;

  PeerDoor(PeerTls tls) {
    this.tls = tls;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    X509Certificate shown = shown(call);
    if (isRefused(call, shown)) {
      return new ServerCall.Listener<>() {};
    }
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean isOver;

      @Override
      public void onMessage(Q message) {
        if (isOver) {
          return;
        }
        isOver = isRefused(call, shown);
        if (isOver) {
          super.onCancel();
        } else {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        if (!isOver) {
          super.onHalfClose();
        }
      }

      @Override
      public void onCancel() {
        if (!isOver) {
          super.onCancel();
        }
      }
    };
  }

  /** Ends the call of one that is not let in. */
  private boolean isRefused(ServerCall<?, ?> call, @Nullable X509Certificate shown) {
    UntrustedException objection = tls.objection(shown);
    if (objection != null) {
      call.close(Status.PERMISSION_DENIED.withDescription(objection.getMessage()), new Metadata());
    }
    return objection != null;
  }

  private static @Nullable X509Certificate shown(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    try {
      return session != null && session.getPeerCertificates()[0] instanceof X509Certificate own
          ? own
          : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }
}
