package io.tidemark.sim;

import io.tidemark.identity.EnrolmentToken;
import io.tidemark.sim.fleet.FleetSettings;
import io.tidemark.sim.link.coap.CoapClient;
import io.tidemark.sim.link.mqtt.MqttClient;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.sim.relay.FaultPattern;
import io.tidemark.sim.relay.FaultPlan;
import io.tidemark.sim.relay.FaultSyntax;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags that run and replay share: where to send, what to keep, what to say. */
final class GatewayOptions {
  /** How fast devices connect at first if nobody says. */
  static final double CONNECTS_PER_SECOND = 1_000;

  /** Where {@code ./tidemark demo} has its gateway, if these ports are free. */
  private static final List<URI> DEMO =
      List.of(URI.create("tcp://127.0.0.1:1883"), URI.create("coap://127.0.0.1:5683"));

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description = {
        "Address of a gateway: tcp://HOST[:PORT] for MQTT (port 1883), ssl://HOST[:PORT] for MQTT over TLS (port 8883), coap://HOST[:PORT] for CoAP (port 5683), coaps://HOST[:PORT] for CoAP over DTLS (port 5684).",
        "Repeat for more: device i begins with the i-th, its home, and goes on to the next at once when one fails.",
        "So neighbours in the list should not be the same machine: tcp://g1 tcp://g2 coap://g1 coap://g2.",
        "Default: those of a demo on this machine, tcp://127.0.0.1:1883 and coap://127.0.0.1:5683."
      })
  private List<URI> gateways = new ArrayList<>();

  @Option(
      names = "--enrolment-token-file",
      paramLabel = "FILE",
      description =
          "File with an enrolment token, for ssl:// and coaps:// gateways: each device gets a certificate with it, which is kept with the record and renewed."
              + " Not needed to go on with a record whose devices have theirs.")
  @Nullable Path tokenFile;

  @Option(
      names = "--record",
      paramLabel = "DIR",
      description =
          "Folder of the durable record. One that is there is gone on with. Default: a new"
              + " temporary folder.")
  @Nullable Path record;

  @Option(
      names = "--drain",
      paramLabel = "D",
      defaultValue = "60s",
      description = "Bounds the wait for acknowledgements at the end (${DEFAULT-VALUE}).")
  Duration drain = Duration.ofSeconds(60);

  @Option(
      names = "--api",
      paramLabel = "URL",
      description = "Verify at the end through this API, e.g. http://127.0.0.1:8080.")
  @Nullable URI api;

  @Mixin ApiKeyOption apiKey = new ApiKeyOption();

  @Option(
      names = "--json",
      description = "Progress goes to stderr, and the last line of stdout is the result.")
  boolean json;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write what was seen, at the end, as one HTML page that needs nothing else (report.html"
              + " in the record's folder).")
  @Nullable Path report;

  @Option(
      names = "--ack-trace",
      paramLabel = "FILE",
      description =
          "Write what is acknowledged when it is, a line a batch of readings: time, device, gateway, epoch,"
              + " first number, how many readings.")
  @Nullable Path ackTrace;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "16",
      description = "Batches a device has unacknowledged on the way (${DEFAULT-VALUE}).")
  int window = 16;

  @Option(
      names = "--outstanding-max",
      paramLabel = "N",
      description =
          "Batches of all devices produced and not acknowledged before producing waits (run:"
              + " 1000000, replay: 1000).")
  @Nullable Integer outstandingMax;

  @Option(
      names = "--ack-timeout",
      paramLabel = "D",
      defaultValue = "8s",
      description =
          "With several gateways: go to the next one when nothing is acknowledged for so long"
              + " (${DEFAULT-VALUE}); up to four times as long while none acknowledges.")
  Duration ackTimeout = FleetSettings.ACK_TIMEOUT_DEFAULT;

  @Option(
      names = "--home-after",
      paramLabel = "D",
      defaultValue = "5m",
      description =
          "With several gateways: a device that is not at its home goes back after so long, and up"
              + " to twice as long at random (${DEFAULT-VALUE}).")
  Duration homeAfter = FleetSettings.HOME_AFTER_DEFAULT;

  @Option(
      names = "--status-interval",
      paramLabel = "D",
      defaultValue = "60s",
      description = "How often a device says where it stands (${DEFAULT-VALUE}).")
  Duration statusInterval = Duration.ofSeconds(60);

  @Option(
      names = "--mqtt",
      paramLabel = "5|3.1.1|mixed",
      defaultValue = "5",
      description =
          "Version of MQTT; mixed: every other device of those that begin with a gateway speaks 3.1.1 (${DEFAULT-VALUE}).")
  MqttChoice mqtt = MqttChoice.V5;

  @Option(
      names = "--keep-alive",
      paramLabel = "D",
      defaultValue = "30s",
      description = "MQTT keep-alive, whole seconds (${DEFAULT-VALUE}).")
  Duration keepAlive = Duration.ofSeconds(30);

  @Option(
      names = "--connects-per-second",
      paramLabel = "N",
      description =
          "How fast devices connect at first, 0.01 or more (as a scenario's ramp-up needs, or 1000).")
  @Nullable Double connectsPerSecond;

  @Option(
      names = "--link-fault",
      paramLabel = "FAULT",
      description = {
        "What goes wrong between devices and gateways, and when, as `sim relay --help` explains: 'cut for 5s every 40s'; repeat for more.",
        "It ends when the sources do. In place of what a scenario says."
      })
  List<String> linkFaults = new ArrayList<>();

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  /** As it was typed, without what a URL may hold in the place of a user and a password. */
  String commandLine() {
    if (command == null) {
      return "sim";
    }
    List<String> words = new ArrayList<>(List.of("sim"));
    CommandLine root = command.root().commandLine();
    words.addAll(root.getParseResult().originalArgs());
    return words.stream().map(GatewayOptions::shellWord).collect(Collectors.joining(" "));
  }

  private static String shellWord(String word) {
    String safe = word.replaceAll("://[^/@\\s]*@", "://...@");
    return safe.matches("[\\w./:=,+@%-]+") ? safe : "'" + safe.replace("'", "'\\''") + "'";
  }

  /** Whether devices have to prove who they are to some gateway. */
  boolean isEncrypted() {
    return gateways.stream()
        .anyMatch(gateway -> MqttClient.isEncrypted(gateway) || CoapClient.isEncrypted(gateway));
  }

  /**
   * What devices are enrolled with; null if nothing is given.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is none
   */
  @Nullable EnrolmentToken token() throws IOException {
    if (tokenFile == null) {
      return null;
    }
    try {
      return EnrolmentToken.parse(Files.readString(tokenFile));
    } catch (IOException e) {
      throw new IOException(
          "--enrolment-token-file %s cannot be read (%s)".formatted(tokenFile, e), e);
    }
  }

  /**
   * Where the page goes.
   *
   * @param folder the record's
   * @throws IllegalArgumentException if it could not be written there
   */
  Path reportFile(Path folder) {
    Path file = report == null ? folder.resolve(RecordFolder.PAGE_NAME) : report;
    Path parent = file.toAbsolutePath().getParent();
    boolean isNowhere = report != null && (parent == null || !Files.isDirectory(parent));
    if (isNowhere || Files.isDirectory(file)) {
      throw new IllegalArgumentException(
          "--report must be a file in a folder that is there, but is " + file);
    }
    return file;
  }

  /**
   * What goes wrong on the way to the gateways.
   *
   * @param otherwise if no flag says so
   * @throws IllegalArgumentException that quotes the fault that is not one
   */
  List<FaultPattern> linkFaults(List<FaultPattern> otherwise) {
    if (linkFaults.size() > FaultPlan.PATTERNS_MAX) {
      throw new IllegalArgumentException(
          "there can be %d link faults, but are %d"
              .formatted(FaultPlan.PATTERNS_MAX, linkFaults.size()));
    }
    return linkFaults.isEmpty() ? otherwise : linkFaults.stream().map(FaultSyntax::parse).toList();
  }

  private static String words(List<URI> urls) {
    return urls.stream().map(URI::toString).collect(Collectors.joining(" and "));
  }

  private static void check(URI gateway) {
    if (!GatewayConnector.SCHEMES.contains(gateway.getScheme())) {
      throw new IllegalArgumentException(
          "a gateway's URL begins with tcp:// (MQTT), ssl:// (MQTT over TLS), coap:// (CoAP) or coaps:// (CoAP over DTLS), but is "
              + gateway);
    }
    if (!gateway.toString().equals(gateway.getScheme() + "://" + gateway.getRawAuthority())
        || gateway.getRawUserInfo() != null
        || gateway.getPort() == 0
        || gateway.getPort() > 65_535) {
      throw new IllegalArgumentException(
          "a gateway's URL has a host, a port from 1 to 65535 if it is another than usual, and nothing else, but is "
              + gateway);
    }
  }

  /**
   * @param connectsDefault connects per second if no flag says how many
   */
  FleetSettings settings(long seed, int outstandingDefault, double connectsDefault) {
    if (connectsPerSecond != null && !(connectsPerSecond >= 0.01)) {
      throw new IllegalArgumentException(
          "--connects-per-second must be 0.01 or more, but is " + connectsPerSecond);
    }
    if (gateways.isEmpty()) {
      gateways = DEMO;
      System.err.println("no --gateway is given: those of a demo on this machine, " + words(DEMO));
    }
    gateways.forEach(GatewayOptions::check);
    if (keepAlive.toSeconds() < 1
        || keepAlive.toSeconds() > 65_535
        || keepAlive.toMillisPart() > 0) {
      throw new IllegalArgumentException(
          "--keep-alive must be 1s to 65535s, in whole seconds, but is "
              + keepAlive.toMillis()
              + "ms");
    }
    if (ackTimeout.isZero() || homeAfter.isZero() || statusInterval.isZero()) {
      throw new IllegalArgumentException(
          "--ack-timeout, --home-after and --status-interval must be above 0");
    }
    FleetSettings defaults = FleetSettings.defaults(gateways, seed);
    return new FleetSettings(
        gateways,
        window,
        outstandingMax == null ? outstandingDefault : outstandingMax,
        connectsPerSecond == null ? connectsDefault : connectsPerSecond,
        defaults.backoffMin(),
        defaults.backoffMax(),
        ackTimeout,
        homeAfter,
        statusInterval,
        seed);
  }
}
