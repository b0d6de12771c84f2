package io.tidemark.deploy;

import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What {@code tidemark bench tls} alone takes. */
final class TlsBenchArguments {
  private static final int HANDSHAKES_MIN = 20;
  private static final int HANDSHAKES_MAX = 100_000;
  private static final Duration BAD_MIN = Duration.ofSeconds(1);
  private static final Duration BAD_MAX = Duration.ofHours(1);

  @Option(
      names = "--handshakes",
      paramLabel = "N",
      defaultValue = "300",
      description =
          "tls: handshakes of each kind that are counted; half as many come before. Default: ${DEFAULT-VALUE}.")
  private int handshakes;

  @Option(
      names = "--bad-for",
      paramLabel = "D",
      defaultValue = "15s",
      description =
          "tls: how long bad clients come in each round, and good devices are alone before. Default: ${DEFAULT-VALUE}.")
  private Duration badFor = Duration.ZERO;

  int handshakes() {
    return handshakes;
  }

  Duration badFor() {
    return badFor;
  }

  void check(CommandLine command) {
    Bounds.require(command, "--handshakes", handshakes, HANDSHAKES_MIN, HANDSHAKES_MAX);
    Bounds.require(command, "--bad-for", badFor, BAD_MIN, BAD_MAX);
  }
}
