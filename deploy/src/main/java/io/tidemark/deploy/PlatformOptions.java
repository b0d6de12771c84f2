package io.tidemark.deploy;

import io.tidemark.deploy.pipeline.Security;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What {@code demo} and {@code chaos} both take. */
final class PlatformOptions {
  /** Renewed after 20 s, a certificate has 10 s to outlast what is in the way. */
  private static final Duration CERTIFICATES_MIN = Duration.ofSeconds(30);

  @Option(
      names = "--drain",
      paramLabel = "D",
      defaultValue = "60s",
      description =
          "How long to wait for what is still on its way when the sources have stopped. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration drain = Duration.ZERO;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Simulated devices, 1 to " + DemoRun.DEVICES_MAX + ". Default: ${DEFAULT-VALUE}.")
  int devices;

  @Option(
      names = "--gateways",
      paramLabel = "1|3|5",
      description =
          "Gateways, which form one cluster. Default: 3, or as many as the folder's data are of.")
  @Nullable Integer gateways;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "Decides every simulated value, and every fault. Default: ${DEFAULT-VALUE}.")
  long seed;

  @Option(
      names = "--secure",
      description =
          "With certificates, TLS and a login: devices and gateways are enrolled, and all prove to"
              + " each other who they are.")
  boolean secure;

  @Option(
      names = "--certificates-for",
      paramLabel = "D",
      description =
          "With --secure: how long certificates of devices and gateways are valid, 30s or longer."
              + " Each is renewed at two thirds of it. Default: 30 days.")
  @Nullable Duration certificates;

  @Option(
      names = "--json",
      description = "Progress on stderr, and the verdict as JSON on the last line of stdout.")
  boolean json;

  /**
   * What they say of it.
   *
   * @throws ParameterException if they do not go together
   */
  Security security(CommandSpec spec) {
    if (certificates != null && !secure) {
      throw new ParameterException(
          spec.commandLine(), "--certificates-for needs --secure: without it there are none");
    }
    if (certificates != null && certificates.compareTo(CERTIFICATES_MIN) < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--certificates-for must be 30s or longer, but is %d s"
              .formatted(certificates.toSeconds()));
    }
    return new Security(secure, certificates);
  }
}
