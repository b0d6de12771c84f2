package io.tidemark.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.agent.journal.Journal;
import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalSettings;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A publisher on a bench: over a real journal, with its times short or long as a test needs. */
final class PublishBench implements AutoCloseable {
  final Path dir;
  final Journal journal;
  Duration stallTimeout = Duration.ofSeconds(60);
  Duration homeAfter = Duration.ofHours(1);
  Duration statusInterval = Duration.ofHours(1);
  Duration connectTimeout = Duration.ofSeconds(20);
  Duration ackTimeout = Duration.ofSeconds(2);
  Duration backoffFirst = Duration.ofMillis(20);
  Duration backoffMax = Duration.ofMillis(200);
  RandomGenerator random = new Random(3);
  int window = 16;
  private @Nullable GatewayPublisher publisher;
  @Nullable Encryption encryption;
  private int made;

  PublishBench(Path dir) throws JournalException {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(100)); // the build machine is shared
    this.dir = dir;
    this.journal =
        Journal.open(
            new JournalSettings(dir, "pi-1", 64 << 20, Duration.ofDays(1), Duration.ofHours(1)));
  }

  /**
   * For a device that believes the gateways of an authority.
   *
   * @param refused counts those that were not believed, or did not believe this
   */
  static Encryption encryption(
      TestAuthority authority,
      @Nullable OwnCredential own,
      @Nullable String password,
      AtomicInteger refused)
      throws GeneralSecurityException {
    ServerTrust servers = new ServerTrust(authority.trust(), server -> Instant.now());
    return new Encryption(
        Tls.client(servers, own), servers, own, password, refused::incrementAndGet);
  }

  /** Whatever pauses anywhere does not go on while the test lasts. */
  void pausesAreEndless() {
    backoffFirst = Duration.ofDays(365);
    backoffMax = backoffFirst;
  }

  PublishSettings settings(URI... gateways) {
    return new PublishSettings(
        List.of(gateways),
        "pi-1",
        window,
        Duration.ofSeconds(30),
        connectTimeout,
        ackTimeout,
        stallTimeout,
        new Backoff.Bounds(backoffFirst, backoffMax),
        homeAfter,
        statusInterval,
        encryption);
  }

  void publishTo(URI... gateways) {
    publisher = new GatewayPublisher(settings(gateways), journal, random);
    publisher.start();
  }

  GatewayPublisher publisher() {
    return Objects.requireNonNull(publisher);
  }

  /** Where it is connected. */
  String gateway() {
    return publisher().counts().gateway();
  }

  /** Commits batches of so many small readings. */
  void batches(int batches, int readings) {
    for (int batch = 0; batch < batches; batch++) {
      for (int i = 0; i < readings; i++) {
        record(Map.of("x", Value.of((double) made++)));
      }
      journal.flush();
    }
  }

  /**
   * Commits one batch of about so many bytes, a reading for each 4,000: texts are long in UTF-8.
   */
  void largeBatch(int bytes) {
    for (int i = 0; i < bytes / 4_000; i++) {
      record(Map.of("x", Value.of("%010d".formatted(made++) + "€".repeat(1_330))));
    }
    journal.flush();
  }

  private void record(Map<String, Value> values) {
    journal.record(new Reading("s", "test", System.currentTimeMillis() * 1_000_000, values));
  }

  void awaitDelivered() {
    await().until(journal::isDrained);
  }

  /** Every number was accepted by one of them, and acknowledged once. */
  void assertNumbersStored(long count, FakeServer... servers) {
    Set<Long> numbers = new HashSet<>();
    for (FakeServer server : servers) {
      for (Batch batch : server.accepted()) {
        for (int i = 0; i < batch.readings().size(); i++) {
          numbers.add(batch.header().firstSequence() + i);
        }
      }
    }
    assertThat(numbers).hasSize((int) count);
    assertThat(journal.counts().acknowledged()).isEqualTo(count);
    assertThat(journal.counts().dropped()).isEmpty();
  }

  static boolean carries(Batch batch, long number) {
    long first = batch.header().firstSequence();
    return number >= first && number < first + batch.readings().size();
  }

  static boolean isStatus(Batch batch, long nextSequence, long oldestKept) {
    BatchHeader header = batch.header();
    return header.kind() == BatchHeader.Kind.STATUS
        && header.nextSequence() == nextSequence
        && header.oldestKept() == oldestKept;
  }

  @Override
  public void close() throws Exception {
    if (publisher != null) {
      publisher.close();
    }
    journal.close();
  }
}
