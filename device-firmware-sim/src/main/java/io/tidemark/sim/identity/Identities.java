package io.tidemark.sim.identity;

import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.FirstCertificate;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Renewal;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import io.tidemark.sim.link.Proofs;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Enrols simulated devices as a real one enrols: each has a key and a certificate of its own, kept
 * beside the record, and renews it while it runs. Thread-safe once it is made.
 */
public final class Identities implements Proofs, AutoCloseable {
  /** Each has a thread, which nearly always waits. */
  public static final int DEVICES_MAX = 2_000;

  private static final String FOLDER = "identity";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int ENROLLERS = 4;
  private static final int TOLD_EVERY = 100;

  private record Proof(SSLContext tls, SSLContext dtls, Renewal renewal) {}

  private final Map<String, Proof> proofs = new ConcurrentHashMap<>();
  private final LongAdder renewed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile String lastFailure = "";

  private Identities() {}

  /**
   * Enrols those of {@code devices} that are not yet, and begins to keep all fresh.
   *
   * @param record the record's folder
   * @param token allows it; null if all were enrolled before
   * @param progress told in words
   * @throws IOException if one of them has no certificate then
   */
  public static Identities of(
      List<String> devices, Path record, @Nullable EnrolmentToken token, Consumer<String> progress)
      throws IOException, InterruptedException {
    if (devices.size() > DEVICES_MAX) {
      throw new IOException(
          "%d devices with a certificate each are the most, but there are to be %d"
              .formatted(DEVICES_MAX, devices.size()));
    }
    Identities made = new Identities();
    ExecutorService enrollers = Executors.newFixedThreadPool(ENROLLERS);
    try {
      List<Future<?>> enrolling = new ArrayList<>();
      for (String device : devices) {
        CredentialFolder folder =
            new CredentialFolder(record.resolve(FOLDER).resolve("device-" + device));
        enrolling.add(
            enrollers.submit(
                () -> {
                  made.add(device, folder, token);
                  return null;
                }));
      }
      for (int done = 0; done < enrolling.size(); done++) {
        enrolling.get(done).get();
        if ((done + 1) % TOLD_EVERY == 0) {
          progress.accept("%d of %d devices are enrolled".formatted(done + 1, devices.size()));
        }
      }
      return made;
    } catch (ExecutionException e) {
      made.close();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("a device cannot be enrolled: " + cause.getMessage(), cause);
    } finally {
      enrollers.shutdownNow();
    }
  }

  private void add(String device, CredentialFolder folder, @Nullable EnrolmentToken token)
      throws IOException, GeneralSecurityException {
    Credential credential = folder.credential().orElse(null);
    if (credential == null) {
      if (token == null) {
        throw new IOException(
            "%s has no certificate, and there is no --enrolment-token-file to get one with"
                .formatted(device));
      }
      FirstCertificate got =
          FirstCertificate.get(
              token, new Identity(Role.DEVICE, device), List.of(), TIMEOUT, Clock.systemUTC());
      credential = got.credential();
      folder.store(got.authorities());
      folder.storeServers(token.urls());
      folder.store(credential);
    }
    Trust trust = new Trust(folder.authorities());
    OwnCredential own = new OwnCredential(credential);
    ServerTrust servers = new ServerTrust(trust, server -> Clock.systemUTC().instant());
    Renewal renewal =
        new Renewal(
            own,
            trust,
            servers,
            folder,
            folder.servers(),
            List.of(),
            Clock.systemUTC(),
            new SecureRandom(),
            new Told());
    renewal.start();
    proofs.put(
        device, new Proof(Tls.client(servers, own), Tls.datagramClient(servers, own), renewal));
  }

  @Override
  public SSLContext of(String device) {
    return proof(device).tls;
  }

  @Override
  public SSLContext datagramsOf(String device) {
    return proof(device).dtls;
  }

  @Override
  public void refused(String device) {
    proof(device).renewal.soon();
  }

  private Proof proof(String device) {
    Proof proof = proofs.get(device);
    if (proof == null) {
      throw new IllegalStateException(device + " was not enrolled");
    }
    return proof;
  }

  /** Certificates that were renewed. */
  public long renewed() {
    return renewed.sum();
  }

  /** Attempts to renew one that failed, and were or are made again. */
  public long failures() {
    return failed.sum();
  }

  /** Why the last of them did, in words; empty if none has. */
  public String lastFailure() {
    return lastFailure;
  }

  @Override
  public void close() throws InterruptedException {
    for (Proof proof : proofs.values()) {
      proof.renewal.close();
    }
  }

  private final class Told implements Renewal.Listener {
    @Override
    public void renewed(Credential credential) {
      renewed.increment();
    }

    @Override
    public void failed(String why) {
      lastFailure = why;
      failed.increment();
    }
  }
}
