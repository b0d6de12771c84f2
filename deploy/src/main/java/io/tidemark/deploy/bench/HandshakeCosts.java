package io.tidemark.deploy.bench;

import io.tidemark.deploy.bench.TlsBenchResult.Handshakes;
import io.tidemark.deploy.device.MqttExchange;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What each kind of handshake costs a gateway, one after the other. Those of DTLS are openssl's, a
 * process each.
 */
final class HandshakeCosts {
  private static final int WARM_UP_PART = 2;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** What openssl says of a handshake; it is no error that it does not know the authority. */
  private static final String SHAKEN = "New, TLSv1.2, Cipher is ";

  private final SecuredGateway gateway;
  private final int count;

  /** Of so many of each kind; half as many come before and are not counted. */
  HandshakeCosts(SecuredGateway gateway, int count) {
    this.gateway = gateway;
    this.count = count;
  }

  /** A step that is repeated. */
  private interface Step {
    void run() throws IOException, InterruptedException, GeneralSecurityException;
  }

  List<Handshakes> measure() throws IOException, InterruptedException, GeneralSecurityException {
    String credential = gateway.deviceFolder().resolve("credential.pem").toString();
    List<String> certificate =
        openssl("-cert", credential, "-cert_chain", credential, "-key", credential);
    List<String> psk =
        openssl(
            "-psk",
            gateway.key(),
            "-psk_identity",
            SecuredGateway.KEYED,
            "-cipher",
            "PSK-AES128-GCM-SHA256");
    return List.of(
        cost("TCP alone", () -> connect(gateway.plainPort(), null)),
        cost("TLS 1.3, certificates", () -> connect(gateway.tlsPort(), gateway.context(0))),
        cost("DTLS 1.2, certificates", () -> shakeHands(certificate)),
        cost("DTLS 1.2, pre-shared key", () -> shakeHands(psk)));
  }

  private Handshakes cost(String kind, Step step)
      throws IOException, InterruptedException, GeneralSecurityException {
    for (int i = 0; i < count / WARM_UP_PART; i++) {
      step.run();
    }
    ServerProcess process = new ServerProcess(gateway.pid());
    double before = process.cpuSeconds();
    for (int i = 0; i < count; i++) {
      step.run();
    }
    double cpu = process.cpuSeconds() - before;
    Handshakes measured = new Handshakes(kind, count, 1_000 * cpu / count);
    System.err.printf("handshakes: %s, %.2f CPU ms each%n", kind, measured.cpuMs());
    return measured;
  }

  private static void connect(int port, @Nullable SSLContext context) throws IOException {
    try (Socket socket =
        context == null
            ? new Socket(InetAddress.getLoopbackAddress(), port)
            : context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      if (!MqttExchange.letIn(socket, "hands")) {
        throw new IOException("a device with its certificate was not let in");
      }
    }
  }

  private List<String> openssl(String... proof) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "openssl", "s_client", "-dtls1_2", "-connect", "127.0.0.1:" + gateway.dtlsPort()));
    command.addAll(List.of(proof));
    return command;
  }

  /**
   * Shakes hands and goes. It is ended as soon as it says so: by itself it would wait for half a
   * second for a server to hang up, which over UDP none does.
   */
  private static void shakeHands(List<String> openssl) throws IOException {
    Process process = new ProcessBuilder(openssl).redirectErrorStream(true).start();
    CompletableFuture<Process> late =
        process
            .onExit()
            .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
            .exceptionally(e -> process.destroyForcibly());
    StringBuilder said = new StringBuilder();
    try (BufferedReader in = process.inputReader()) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        said.append(line).append('\n');
        if (line.startsWith(SHAKEN) && !line.endsWith("(NONE)")) {
          return;
        }
      }
    } finally {
      late.cancel(false);
      process.destroyForcibly();
    }
    throw new IOException("openssl did not shake hands: " + said);
  }
}
