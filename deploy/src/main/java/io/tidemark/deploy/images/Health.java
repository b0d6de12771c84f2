package io.tidemark.deploy.images;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Asks the program in this container whether it is ready: what an image's HEALTHCHECK runs. Knows
 * nothing but the JDK, and as little of that as it can, since it is started every few seconds.
 */
public final class Health {
  static final int HEALTHY = 0;
  static final int UNHEALTHY = 1;

  private static final int TIMEOUT_MILLIS = 4_000;
  private static final int ANSWER_MAX_BYTES = 4_096;

  private Health() {}

  /**
   * Prints the answer, and exits with 0 if it is that the program is ready, otherwise 1.
   *
   * @param arguments the port of HTTPS, and that of HTTP, unless {@code QUARKUS_HTTP_SSL_PORT} and
   *     {@code QUARKUS_HTTP_PORT} say otherwise
   */
  public static void main(String[] arguments) {
    Map<String, String> environment = System.getenv();
    int https = port(environment, "QUARKUS_HTTP_SSL_PORT", arguments[0]);
    int http = port(environment, "QUARKUS_HTTP_PORT", arguments[1]);
    System.exit(check(https, http));
  }

  private static int port(Map<String, String> environment, String name, String otherwise) {
    return Integer.parseInt(environment.getOrDefault(name, otherwise));
  }

  static int check(int https, int http) {
    try {
      String answer;
      try {
        answer = ask(https, true);
      } catch (ConnectException closed) {
        answer = ask(http, false);
      }
      System.out.println(answer);
      return answer.startsWith("HTTP/1.1 200") || answer.startsWith("HTTP/1.0 200")
          ? HEALTHY
          : UNHEALTHY;
    } catch (IOException | GeneralSecurityException e) {
      System.out.println(
          "no answer at port %d (HTTPS) or %d (HTTP): %s".formatted(https, http, e.getMessage()));
      return UNHEALTHY;
    }
  }

  private static String ask(int port, boolean tls) throws IOException, GeneralSecurityException {
    try (Socket connection = new Socket()) {
      connection.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      connection.setSoTimeout(TIMEOUT_MILLIS);
      if (!tls) {
        return ask(connection);
      }
      try (Socket secured =
          context().getSocketFactory().createSocket(connection, "localhost", port, true)) {
        return ask(secured);
      }
    }
  }

  private static String ask(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write(
            "GET /q/health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    InputStream in = socket.getInputStream();
    return new String(in.readNBytes(ANSWER_MAX_BYTES), StandardCharsets.UTF_8);
  }

  /** Believes whoever answers: nobody else can at this container's own loopback address. */
  private static SSLContext context() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    return context;
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
