package io.tidemark.identity;

import java.net.Socket;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes anybody, for the one question whose answer proves itself: see {@link EstClient#meet}.
 */
final class Anybody extends X509ExtendedTrustManager {
  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method, Socket socket) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String method, SSLEngine engine) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method, Socket socket) {}

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String method, SSLEngine engine) {}

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
