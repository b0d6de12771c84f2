package io.tidemark.deploy;

import io.tidemark.deploy.pipeline.Ports;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The option that says which gateways are asked. */
final class GatewayUrls {
  private static final int DEMO_GATEWAYS_MAX = 5;

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "HTTP address of a gateway, e.g. http://127.0.0.1:8081. Repeat for more, which are asked"
              + " when one has no answer. Default: those of a demo on this machine.")
  private List<String> urls = new ArrayList<>();

  Gateways gateways() {
    return new Gateways(urls.isEmpty() ? ofTheDemo() : urls);
  }

  private static List<String> ofTheDemo() {
    return Ports.usualHttp(DEMO_GATEWAYS_MAX).stream()
        .map(port -> "http://127.0.0.1:" + port)
        .toList();
  }
}
