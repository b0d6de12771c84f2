package io.tidemark.deploy.doctor;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a deployment: at all parts at the same time, then at what they say together, then sends
 * readings through all gateways at the same time. Used by one thread.
 */
public final class Doctor {
  private static final String INGEST = "ingest";
  private static final int BOUND_TIMES = 4;

  /** So that what ends by itself at its bound can say so. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final Examined examined;
  private final Findings findings = new Findings();
  private final Facts facts = new Facts();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "doctor");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * What is looked at, and by what means.
   *
   * @param api ingest's base address
   * @param key an API key; empty if there is none
   * @param gateways their HTTP's base addresses
   * @param word that gateways are asked with; empty if there is none
   * @param tls whom to believe; null for those that Java knows
   * @param timeout of each request, each probe, and each row that is waited for; four times that of
   *     all that is asked of one part
   * @param slow a row that takes longer is a finding
   * @param diskLow less than this much of ingest's disk free is a finding; in percent
   * @param probe whether readings are sent
   * @param identity the folder of the probe's certificate; null if there is none
   * @param token a file with an enrolment token for it; null if there is none
   */
  public record Examined(
      URI api,
      String key,
      List<URI> gateways,
      String word,
      @Nullable SSLContext tls,
      Duration timeout,
      Duration slow,
      int diskLow,
      boolean probe,
      @Nullable Path identity,
      @Nullable Path token) {
    /** Copies the list. */
    public Examined {
      gateways = List.copyOf(gateways);
    }

    private boolean isSecure() {
      URI first = gateways.isEmpty() ? api : gateways.get(0);
      return "https".equals(first.getScheme());
    }
  }

  /** Looks at nothing yet. */
  public Doctor(Examined examined) {
    this.examined = examined;
  }

  /** What a task does; true if the part answered as it should. */
  private interface Task {
    boolean run() throws IOException, InterruptedException;
  }

  private record Running(String where, Future<Boolean> result) {}

  /**
   * Looks at everything.
   *
   * @return whether any part answered; if none did, nothing could be checked
   */
  public boolean look() throws InterruptedException {
    try {
      List<Running> running = new ArrayList<>();
      Part ingest = ingest();
      running.add(
          start(INGEST, () -> new IngestCheck(ingest, findings, facts, examined.diskLow()).look()));
      for (URI url : examined.gateways()) {
        Part gateway =
            new Part(
                "gateway at " + url.getAuthority(),
                url,
                new Part.Asking(examined.word(), examined.tls(), examined.timeout()));
        running.add(start(gateway.name(), () -> new GatewayCheck(gateway, findings, facts).look()));
      }
      boolean knows = await(running.subList(0, 1));
      boolean answered = await(running.subList(1, running.size())) || knows;
      new FleetCheck(findings, facts, examined.gateways().size()).look();
      if (examined.probe() && answered) {
        probe(knows);
      }
      return answered;
    } finally {
      threads.shutdownNow();
    }
  }

  /** What was found. */
  public Findings findings() {
    return findings;
  }

  private Part ingest() {
    return new Part(
        INGEST,
        examined.api(),
        new Part.Asking(examined.key(), examined.tls(), examined.timeout()));
  }

  private Running start(String where, Task task) {
    return new Running(where, threads.submit(task::run));
  }

  /** Whether any of them did what it should. */
  private boolean await(List<Running> running) throws InterruptedException {
    Duration bound = examined.timeout().multipliedBy(BOUND_TIMES).plus(GRACE);
    long end = System.nanoTime() + bound.toNanos();
    boolean any = false;
    for (Running one : running) {
      try {
        any |= one.result().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        one.result().cancel(true);
        findings.found(
            Kind.NO_ANSWER,
            one.where(),
            "not all of it was looked at within %d s".formatted(bound.toSeconds()));
      } catch (ExecutionException e) {
        findings.found(Kind.NO_ANSWER, one.where(), Part.words(e));
      }
    }
    return any;
  }

  private void probe(boolean ingestKnows) throws InterruptedException {
    ProbeIdentity identity = null;
    if (!ingestKnows) {
      findings.found(Kind.PROBE_SKIPPED, INGEST, "no row could be seen, as ingest does not tell");
      return;
    }
    if (examined.isSecure()) {
      Path folder = examined.identity();
      if (folder == null) {
        findings.found(
            Kind.PROBE_SKIPPED,
            "all",
            "no reading was sent: gateways want a certificate of device " + ProbeIdentity.DEVICE);
        return;
      }
      try {
        identity = ProbeIdentity.open(folder, examined.token(), examined.timeout());
      } catch (IOException | GeneralSecurityException e) {
        findings.found(Kind.PROBE_IDENTITY, "all", Part.words(e));
        return;
      }
    }
    send(identity);
  }

  private void send(@Nullable ProbeIdentity identity) throws InterruptedException {
    List<Running> running = new ArrayList<>();
    for (Map.Entry<String, Facts.Door> gateway : facts.doors.entrySet()) {
      for (Probe.Way way : Probe.Way.values()) {
        Facts.Door door = gateway.getValue();
        Probe probe = new Probe(ingest(), identity, examined.timeout(), examined.slow(), findings);
        running.add(
            start(
                "gateway " + gateway.getKey(),
                () -> {
                  probe.send(
                      gateway.getKey(), way == Probe.Way.MQTT ? door.mqtt() : door.coap(), way);
                  return true;
                }));
      }
    }
    if (await(running)) {
      new Probe(ingest(), identity, examined.timeout(), examined.slow(), findings).account();
    }
  }
}
