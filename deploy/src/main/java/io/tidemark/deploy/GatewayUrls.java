package io.tidemark.deploy;

import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.identity.ApiAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option that says which gateways are asked. */
final class GatewayUrls {
  private static final int DEMO_GATEWAYS_MAX = 5;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "HTTP address of a gateway, e.g. https://gw1:8444. Repeat for more, which are asked"
              + " when one has no answer. Default: those of a demo on this machine.")
  private List<String> urls = new ArrayList<>();

  @Option(
      names = "--authority",
      paramLabel = "FILE",
      description = "Whom to believe at https://: root.pem of ingest's folder identity.")
  private @Nullable Path authority;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file with the word that gateways ask for, where security is on: that of their"
              + " tidemark.http.viewer-token-file, or .operator-token-file to change something.")
  private @Nullable Path tokenFile;

  Gateways gateways() {
    try {
      String token = tokenFile == null ? "" : Files.readString(tokenFile).strip();
      Http http = new Http().with(token, authority == null ? null : ApiAccess.believing(authority));
      return new Gateways(urls.isEmpty() ? ofTheDemo() : urls, http);
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(), "--authority or --token-file cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<String> ofTheDemo() {
    return Ports.usualHttp(DEMO_GATEWAYS_MAX).stream()
        .map(port -> "http://127.0.0.1:" + port)
        .toList();
  }
}
