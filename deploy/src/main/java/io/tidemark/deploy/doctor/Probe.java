package io.tidemark.deploy.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.device.CoapBytes;
import io.tidemark.deploy.device.CoapExchange;
import io.tidemark.deploy.device.Datagrams;
import io.tidemark.deploy.device.DtlsDatagrams;
import io.tidemark.deploy.device.MqttExchange;
import io.tidemark.deploy.device.PlainDatagrams;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One reading from end to end: sent to a gateway as the device {@link ProbeIdentity#DEVICE} would,
 * until its row is seen through the API. It comes without a number, so the gateway numbers it, and
 * nothing has to be kept between one run and the next. For one thread.
 */
final class Probe {
  /** A row may take so many times what a gateway may: it goes a longer way. */
  static final int ROW_TIMES = 3;

  private static final int POLL_MS = 100;
  private static final long NUMBER_MAX = 1L << 40;
  private static final int NANOS_PER_MS = 1_000_000;
  private static final String LEDGER = "/api/v1/devices/" + ProbeIdentity.DEVICE + "/ledger";

  private final Part ingest;
  private final @Nullable ProbeIdentity identity;
  private final Duration patience;
  private final Duration slow;
  private final Findings findings;

  /**
   * For one reading.
   *
   * @param ingest where rows are seen
   * @param identity null without security
   * @param patience with a gateway
   * @param slow a row that takes longer is
   */
  Probe(
      Part ingest,
      @Nullable ProbeIdentity identity,
      Duration patience,
      Duration slow,
      Findings findings) {
    this.ingest = ingest;
    this.identity = identity;
    this.patience = patience;
    this.slow = slow;
    this.findings = findings;
  }

  /** What is sent, and how. */
  enum Way {
    MQTT,
    COAP
  }

  /**
   * Sends it, and waits for its row.
   *
   * @param gateway its id
   * @param door {@code host:port}
   */
  void send(String gateway, String door, Way way) throws InterruptedException {
    String where = "gateway " + gateway;
    String by = "%s at %s".formatted(way == Way.MQTT ? "MQTT" : "CoAP", door);
    String sensor = "%s.%s".formatted(gateway, way.name().toLowerCase(java.util.Locale.ROOT));
    long number = ThreadLocalRandom.current().nextLong(NUMBER_MAX);
    byte[] payload =
        "{\"sensor\":\"%s\",\"kind\":\"probe\",\"values\":{\"probe\":%d}}"
            .formatted(sensor, number)
            .getBytes(StandardCharsets.UTF_8);
    long begun = System.nanoTime();
    try {
      InetSocketAddress address = address(door);
      String refusal = way == Way.MQTT ? mqtt(address, payload) : coap(address, payload);
      if (!refusal.isEmpty()) {
        findings.found(Kind.PROBE_REFUSED, where, by + ": " + refusal);
        return;
      }
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      findings.found(Kind.PROBE_REFUSED, where, by + ": " + Part.words(e));
      return;
    }
    long acknowledged = millisSince(begun);
    if (!awaitRow(sensor, number)) {
      findings.found(
          Kind.PROBE_NO_ROW,
          where,
          "%s has acknowledged a reading after %,d ms, but its row is not seen %,d ms later"
              .formatted(by, acknowledged, ROW_TIMES * patience.toMillis()));
      return;
    }
    long seen = millisSince(begun);
    String times =
        "acknowledged after %,d ms, its row seen after %,d ms".formatted(acknowledged, seen);
    if (seen > slow.toMillis()) {
      findings.found(Kind.PROBE_SLOW, where, by + ": " + times);
    } else {
      findings.ok(Check.PROBE, where, by + ": a reading " + times);
    }
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / NANOS_PER_MS;
  }

  private static InetSocketAddress address(String door) throws IOException {
    int colon = door.lastIndexOf(':');
    if (colon <= 0) {
      throw new IOException("it does not say where it takes readings");
    }
    String host = door.substring(0, colon).replaceAll("^\\[|]$", "");
    InetSocketAddress address =
        new InetSocketAddress(host, Integer.parseInt(door.substring(colon + 1)));
    if (address.isUnresolved()) {
      throw new IOException(host + " is no name of a machine");
    }
    return address;
  }

  /** Why it was not taken; empty if it was. */
  private String mqtt(InetSocketAddress address, byte[] payload)
      throws IOException, GeneralSecurityException {
    int millis = (int) patience.toMillis();
    try (Socket plain = new Socket()) {
      plain.connect(address, millis);
      plain.setSoTimeout(millis);
      if (identity == null) {
        return mqtt(plain, payload);
      }
      try (SSLSocket secured =
          (SSLSocket)
              identity
                  .streams()
                  .getSocketFactory()
                  .createSocket(plain, address.getHostString(), address.getPort(), true)) {
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        return mqtt(secured, payload);
      }
    }
  }

  private static String mqtt(Socket socket, byte[] payload) throws IOException {
    int connected = MqttExchange.connect(socket, ProbeIdentity.DEVICE);
    if (connected != 0) {
      return "the connection was refused with reason code 0x%02x".formatted(connected);
    }
    int taken = MqttExchange.publish(socket, Routes.telemetry(ProbeIdentity.DEVICE), payload);
    return taken == 0 ? "" : "the reading was refused with reason code 0x%02x".formatted(taken);
  }

  private String coap(InetSocketAddress address, byte[] payload)
      throws IOException, GeneralSecurityException {
    int millis = (int) patience.toMillis();
    try (Datagrams datagrams =
        identity == null
            ? new PlainDatagrams(address)
            : DtlsDatagrams.open(address, identity.datagrams(), millis)) {
      int code =
          CoapExchange.post(
              datagrams, Routes.telemetry(ProbeIdentity.DEVICE), PayloadType.JSON, payload, millis);
      return code == CoapBytes.CHANGED
          ? ""
          : "the reading was refused with " + CoapBytes.code(code);
    }
  }

  private boolean awaitRow(String sensor, long number) throws InterruptedException {
    long end = System.nanoTime() + ROW_TIMES * patience.toNanos();
    do {
      try {
        Part.Answer latest = ingest.get("/api/v1/devices/" + ProbeIdentity.DEVICE + "/latest");
        for (JsonNode reading : latest.body().path("items")) {
          if (reading.path("sensor").asText().equals(sensor)
              && reading.path("values").path("probe").asLong() == number) {
            return true;
          }
        }
      } catch (IOException e) {
        // Asked again, as it may be for a moment only; in the end there is no row.
      }
      Thread.sleep(POLL_MS);
    } while (System.nanoTime() - end < 0);
    return false;
  }

  /** Once all were sent: the ledger has to know of each, and what became of it. */
  void account() throws InterruptedException {
    long end = System.nanoTime() + ROW_TIMES * patience.toNanos();
    String last;
    do {
      try {
        Part.Answer answer = ingest.get(LEDGER);
        JsonNode totals = answer.body().path("totals");
        long produced = totals.path("produced").asLong();
        long stored = totals.path("stored").asLong();
        last =
            "%,d produced, %,d stored, %,d waiting, %,d missing, %,d in quarantine"
                .formatted(
                    produced,
                    stored,
                    totals.path("waiting").asLong(),
                    totals.path("missing").asLong(),
                    totals.path("quarantined").asLong());
        if (answer.isOk() && produced > 0 && stored == produced) {
          findings.ok(Check.PROBE, ingest.name(), "of all probes ever: " + last);
          return;
        }
      } catch (IOException e) {
        last = Part.words(e);
      }
      Thread.sleep(POLL_MS);
    } while (System.nanoTime() - end < 0);
    findings.found(Kind.PROBE_UNACCOUNTED, ingest.name(), "of all probes ever: " + last);
  }
}
