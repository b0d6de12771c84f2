package io.tidemark.deploy;

import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real OpenID provider on loopback, over HTTPS: npm's oidc-provider, in the runtime that the
 * dashboards are bundled with, which fetches it at the first run and checks it against the lock
 * file. Used by one thread.
 */
final class OpenIdProvider implements AutoCloseable {
  private final ChildProcess process;
  private final String issuer;
  private final Path certificate;

  /** Bound, and not listening: nobody else gets the port, and the provider can listen there. */
  private final Socket held;

  private OpenIdProvider(ChildProcess process, Socket held, Path certificate) {
    this.process = process;
    this.held = held;
    this.issuer = "https://127.0.0.1:" + held.getLocalPort();
    this.certificate = certificate;
  }

  /**
   * Makes its certificate, and starts nothing yet.
   *
   * @param ingest the address it may send people back to
   * @param secret what it knows ingest by
   */
  static OpenIdProvider in(Path folder, String ingest, String secret)
      throws IOException, InterruptedException {
    Path certificate = folder.resolve("provider.pem");
    Path key = folder.resolve("provider.key");
    certify(certificate, key);
    Socket held = new Socket();
    held.setReuseAddress(true); // as who listens there does, too
    held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Path home = Installation.find().home();
    Path program = home.resolve("deploy/src/test/oidc-provider");
    String cache =
        Objects.requireNonNullElse(
            System.getenv("DENO_DIR"), home.resolve("data/tools/deno").toString());
    return new OpenIdProvider(
        new ChildProcess(
            "provider",
            folder,
            // Also whom this machine believes: some reach the registry by a proxy of their own.
            Map.of("NO_COLOR", "1", "DENO_DIR", cache, "DENO_TLS_CA_STORE", "system,mozilla"),
            List.of(
                runtime(home.resolve("cloud-ingest/target/node_modules")).toString(),
                "run",
                "--quiet",
                "--no-prompt",
                "--allow-env",
                "--allow-sys",
                "--allow-read",
                "--allow-net=127.0.0.1",
                "--config",
                program.resolve("deno.json").toString(),
                program.resolve("provider.mjs").toString(),
                Integer.toString(held.getLocalPort()),
                ingest,
                certificate.toString(),
                key.toString(),
                secret)),
        held,
        certificate);
  }

  private static void certify(Path certificate, Path key) throws IOException, InterruptedException {
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=provider",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(openssl.getInputStream().readAllBytes());
    if (openssl.waitFor() != 0) {
      throw new AssertionError("openssl made no certificate: " + said);
    }
  }

  /** The runtime that the bundler has unpacked beside the dashboards' libraries. */
  static Path runtime(Path modules) throws IOException {
    try (Stream<Path> files = Files.walk(modules.resolve("@deno"))) {
      return files
          .filter(file -> file.endsWith("deno") && Files.isRegularFile(file))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no deno under " + modules + ": build first"));
    }
  }

  String issuer() {
    return issuer;
  }

  /** Whom to believe that it is it. */
  Path certificate() {
    return certificate;
  }

  /** Starts it, and waits until it listens. */
  void start() {
    process.start();
    // The first time it gets its packages.
    Awaitility.await("the provider listens")
        .atMost(Duration.ofMinutes(5))
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new AssertionError("the provider has ended: " + process.logTail());
              }
              return process.output().contains("ready");
            });
  }

  @Override
  public void close() throws InterruptedException, IOException {
    process.kill();
    held.close();
  }
}
