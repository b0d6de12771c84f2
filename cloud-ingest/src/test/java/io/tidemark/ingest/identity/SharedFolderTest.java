package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.HandClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Authorities of several ingests in one folder. */
@Timeout(60)
final class SharedFolderTest {
  private final HandClock clock = new HandClock();
  @TempDir private Path temp;

  private CertificateAuthority authority() {
    return new CertificateAuthority(temp.resolve("identity"), clock);
  }

  @Test
  void firstStartsAtOnceMakeOneAuthority() throws Exception {
    int ingests = 6;
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(ingests);
    List<Future<CertificateAuthority>> started = new ArrayList<>();
    for (int i = 0; i < ingests; i++) {
      started.add(
          threads.submit(
              () -> {
                CertificateAuthority authority = authority();
                go.await();
                authority.open();
                return authority;
              }));
    }
    go.countDown();
    Set<List<?>> all = new HashSet<>();
    for (Future<CertificateAuthority> one : started) {
      all.add(one.get().certificates());
    }
    threads.shutdown();
    assertThat(all).hasSize(1);
  }

  @Test
  void whatOneRenewsTheOtherHasAndDoesNotRenewAgain() throws Exception {
    CertificateAuthority one = authority();
    one.open();
    CertificateAuthority other = authority();
    other.open();
    clock.goOn(Duration.ofDays(600));
    for (CertificateAuthority each : List.of(one, other)) {
      assertThat(each.alone(() -> !each.isDue() || each.renewIntermediate())).isTrue();
    }
    assertThat(one.intermediates()).hasSize(2);
    assertThat(other.certificates()).isEqualTo(one.certificates());
    assertThat(one.alone(one::replaceRoot)).isTrue();
    assertThat(other.believed()).hasSize(1);
    assertThat(other.alone(() -> other.believed().size())).isEqualTo(2);
    assertThat(other.certificates()).isEqualTo(one.certificates());
  }

  @Test
  void oneWaitsForTheOtherAndNotForEver() throws Exception {
    Path folder = temp;
    FolderLock held = FolderLock.take(folder, Duration.ofSeconds(1));
    assertThatThrownBy(() -> FolderLock.take(folder, Duration.ofMillis(50)))
        .hasMessageContaining("another ingest has been changing " + folder);
    CompletableFuture<Void> waits =
        CompletableFuture.runAsync(
            () -> {
              try {
                FolderLock.take(folder, Duration.ofSeconds(30)).close();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    held.close();
    waits.get();
  }
}
