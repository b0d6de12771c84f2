package io.tidemark.deploy;

import io.tidemark.wire.Routes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A device by libcoap's {@code coap-client}: a process for every request. It says what it sends and
 * what comes, e.g. {@code t:ACK c:2.04}.
 */
final class CoapClient {
  private static final int TIMEOUT_S = 100;

  private final String program;
  private final String gatewayUrl;
  private final Path folder;

  /** For one gateway; files are left in {@code folder}. */
  CoapClient(String gatewayUrl, Path folder) {
    String named = System.getenv("TIDEMARK_COAP_CLIENT");
    if (named == null) {
      throw new IllegalStateException(
          "TIDEMARK_COAP_CLIENT must name libcoap's coap-client; ./tidemark test fetches one and sets it");
    }
    this.program = named;
    this.gatewayUrl = gatewayUrl;
    this.folder = folder;
  }

  /** Posts a payload as a device, with options of the client's, and returns what it said. */
  String post(String device, byte[] payload, String... options)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile(folder, device, ".payload");
    Files.write(file, payload);
    List<String> command = new ArrayList<>(List.of(program, "-m", "post", "-v", "7"));
    command.addAll(List.of("-f", file.toString()));
    command.addAll(List.of(options));
    command.add(gatewayUrl + "/" + Routes.telemetry(device));
    Path said = Files.createTempFile(folder, device, ".said");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " did not end; it said: " + text(said));
    }
    return text(said);
  }

  /** It shows payloads as they are, so it need not be text. */
  private static String text(Path said) throws IOException {
    return new String(Files.readAllBytes(said), StandardCharsets.ISO_8859_1);
  }
}
