package io.tidemark.gateway.replication;

import static io.tidemark.gateway.replication.ReplicatedLogContract.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.LogEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A cluster whose members change while entries are committed in all its groups. */
class ChangingClusterTest extends ClusterBench {
  private static final long WRITE_INTERVAL_NANOS = 5_000_000;

  ChangingClusterTest() throws IOException {}

  private final Map<String, Set<Long>> acknowledged = new ConcurrentHashMap<>();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final List<CompletableFuture<Void>> writers = new ArrayList<>();

  /** Commits entries with ever higher numbers at a gateway, until there is enough. */
  private void write(String gateway) {
    Set<Long> numbers = acknowledged.computeIfAbsent(gateway, g -> ConcurrentHashMap.newKeySet());
    writers.add(
        CompletableFuture.runAsync(
            () -> {
              for (long number = 1; !enough.get(); number++) {
                Cluster cluster = running.get(gateway);
                if (cluster != null && cluster.own().state().canCommit()) {
                  write(cluster, number, numbers);
                }
                // All of the cluster shares the processor with this.
                LockSupport.parkNanos(WRITE_INTERVAL_NANOS);
              }
            }));
  }

  private static void write(Cluster cluster, long number, Set<Long> numbers) {
    byte[] entry = ForwardCodec.encodeEntry(new LogEntry(cluster.gateway(), number, List.of()));
    try {
      cluster.own().propose(entry, 1).toCompletableFuture().get(5, TimeUnit.SECONDS);
      numbers.add(number);
    } catch (ExecutionException | TimeoutException e) {
      // Not acknowledged.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stopWriting() {
    enough.set(true);
    writers.forEach(CompletableFuture::join);
  }

  /** Numbers of a gateway's entries in a replica. */
  private static Set<Long> numbers(ReplicatedLog log) throws Exception {
    Set<Long> numbers = ConcurrentHashMap.newKeySet();
    for (CommittedEntry entry : ReplicatedLogContract.readAll(log, 0, 1 << 20)) {
      numbers.add(ForwardCodec.decodeEntry(entry.bytes()).receivedAtNanos());
    }
    return numbers;
  }

  private void progress(String... gateways) {
    for (String gateway : gateways) {
      int before = acknowledged.getOrDefault(gateway, Set.of()).size();
      soon().until(() -> acknowledged.getOrDefault(gateway, Set.of()).size() > before + 20);
    }
  }

  private void awaitSettled(long generation, String... gateways) {
    soon()
        .until(
            () -> {
              for (String gateway : gateways) {
                ClusterStatus status = at(gateway).status();
                if (status.generation() < generation
                    || status.groups().size() < gateways.length
                    || !status.groups().stream().allMatch(ClusterStatus.Group::settled)) {
                  return false;
                }
              }
              return true;
            });
  }

  private void assertNothingIsLost(String... gateways) {
    for (String gateway : gateways) {
      for (String group : gateways) {
        Set<Long> expected = acknowledged.getOrDefault(group, Set.of());
        soon().until(() -> numbers(log(gateway, group)).containsAll(expected));
      }
    }
  }

  private void forget(String gateway, String line) throws Exception {
    Path file = dir.resolve(gateway).resolve("cluster");
    List<String> kept = new ArrayList<>(Files.readAllLines(file));
    assertThat(kept.remove(line)).isTrue();
    Files.write(file, kept);
  }

  private void empty(String gateway) throws Exception {
    Files.move(dir.resolve(gateway), dir.resolve(gateway + ".lost"));
  }

  @Test
  void whoComesBackWithAnEmptyFolderIsTakenInAndFilledUp() throws Exception {
    startAll();
    write("g1");
    write("g3");
    progress("g1", "g3");
    String former = Files.readString(dir.resolve("g3").resolve("identity"));
    stop("g3");
    empty("g3");
    progress("g1");
    start("g3");
    awaitSettled(1, "g1", "g2", "g3");
    assertThat(Files.readString(dir.resolve("g3").resolve("identity"))).isNotEqualTo(former);
    soon().until(() -> log("g3", "g3").leadership() >= 0);
    progress("g1", "g3");
    // Now it counts: with another one gone, everything is on these two.
    stop("g1");
    progress("g3");
    stopWriting();
    soon().until(() -> numbers(log("g3", "g1")).containsAll(acknowledged.get("g1")));
    assertThat(numbers(log("g3", "g3"))).containsAll(acknowledged.get("g3"));

    // The lost folder is found again: it is told that its place is taken, and harms nothing.
    stop("g3");
    Files.move(dir.resolve("g3"), dir.resolve("g3.new"));
    Files.move(dir.resolve("g3.lost"), dir.resolve("g3"));
    start("g1", "g3");
    soon().until(() -> at("g3").own().state().role() == State.Role.DEPARTED);
    assertThat(at("g3").own().state().detail()).contains("was given to another");
    soon().until(() -> MembershipFile.read(dir.resolve("g3")).left());
    assertThat(at("g3").logs()).isEmpty();
    stop("g3");
    assertThatThrownBy(() -> Cluster.open(settings("g3", line), null, () -> true, said -> {}))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("was given to another");
  }

  @Test
  void aNewcomerThatIsGoneWhileItIsFilledIsFilledOnceItIsBack() throws Exception {
    startAll();
    write("g1");
    write("g2");
    progress("g1", "g2");
    stop("g3");
    empty("g3");
    CompletableFuture<Void> joining = starting(line, "g3");
    soon().until(() -> at("g1").status().generation() == 1);
    joining.join();
    stop("g3"); // whatever it has by now
    progress("g1", "g2");
    start("g3");
    awaitSettled(1, "g1", "g2", "g3");
    progress("g1", "g2");
    stopWriting();
    assertNothingIsLost("g1", "g2", "g3");
    stop("g1");
    soon().until(() -> at("g3").own().state().canCommit());
  }

  @Test
  void growsFromOneToFiveAndShrinksToThree() throws Exception {
    startAs(line("g1"), "g1");
    write("g1");
    progress("g1");
    CompletableFuture<Void> joining = starting(line, "g2", "g3");
    soon()
        .ignoreExceptions()
        .until(
            () ->
                await(at("g1").change(ClusterChange.add(List.of(named("g2"), named("g3"))))) == 1);
    joining.join();
    awaitSettled(1, "g1", "g2", "g3");
    write("g2");
    write("g3");
    progress("g1", "g2", "g3");

    // All end before they have written down that they have the new group.
    for (String gateway : List.of("g1", "g2", "g3")) {
      stop(gateway);
      forget(gateway, "made g2");
    }
    start("g1", "g2", "g3");
    progress("g1", "g2", "g3");

    String five = line("g1", "g2", "g3", "g4", "g5");
    joining = starting(five, "g4", "g5");
    soon()
        .ignoreExceptions()
        .until(
            () ->
                await(at("g2").change(ClusterChange.add(List.of(named("g4"), named("g5"))))) >= 2);
    joining.join();
    awaitSettled(2, "g1", "g2", "g3", "g4", "g5");
    write("g4");
    write("g5");
    progress("g1", "g2", "g3", "g4", "g5");
    assertNothingIsLost("g1", "g2", "g3", "g4", "g5");

    assertThat(await(at("g4").change(ClusterChange.remove(List.of("g1", "g5"))))).isGreaterThan(3);
    soon().until(() -> at("g1").own().state().role() == State.Role.DEPARTED);
    for (String gone : List.of("g1", "g5")) {
      soon().until(() -> MembershipFile.read(dir.resolve(gone)).left());
      assertThat(at(gone).logs()).isEmpty();
    }
    progress("g2", "g3", "g4");
    for (String gone : List.of("g1", "g5")) {
      stop(gone);
      String leader = heir(gone);
      soon().until(() -> log(leader, gone).closed());
      assertThat(numbers(log(leader, gone))).containsAll(acknowledged.get(gone));
      log(leader, gone).ended(); // as if ingest had it all
    }
    soon().until(() -> at("g2").groupNames().equals(List.of("g2", "g3", "g4")));
    for (String gateway : List.of("g2", "g3", "g4")) {
      soon().until(() -> at(gateway).logs().size() == 3);
    }
    stopWriting();
    assertNothingIsLost("g2", "g3", "g4");

    // One that was removed may come again with an empty folder, and leads a group of another name.
    assertThatThrownBy(() -> Cluster.open(settings("g1", line), null, () -> true, said -> {}))
        .isInstanceOf(LogStartException.class)
        .hasMessageContaining("was removed from cluster");
    empty("g1");
    empty("g5");
    joining = starting(five, "g1", "g5");
    soon()
        .ignoreExceptions()
        .until(
            () ->
                await(at("g2").change(ClusterChange.add(List.of(named("g1"), named("g5"))))) >= 6);
    joining.join();
    soon().until(() -> at("g1").own().state().canCommit());
    assertThat(at("g1").groupNames())
        .as("of names that are new to ingest")
        .doesNotContain("g1", "g5")
        .anyMatch(name -> name.startsWith("g1."))
        .anyMatch(name -> name.startsWith("g5."));
  }

  @Test
  void oneThatIsGoneIsReplacedAtAnotherAddress() throws Exception {
    startAll();
    write("g1");
    write("g2");
    progress("g1", "g2");
    stop("g3");
    empty("g3");
    String former = line("g1", "g2", "g3");
    addresses.put("g3", addresses.get("spare"));
    CompletableFuture<Void> joining = starting(line("g1", "g2", "g3"), "g3");
    soon()
        .ignoreExceptions()
        .until(() -> await(at("g2").change(ClusterChange.replace(named("g3")))) == 1);
    joining.join();
    awaitSettled(1, "g1", "g2", "g3");
    progress("g1", "g2");
    stopWriting();
    assertNothingIsLost("g1", "g2", "g3");

    // The one that was gone comes back: its place is taken, and it lets go of all it has.
    Path lost = dir.resolve("g3.lost");
    LogSettings back =
        new LogSettings(
            "g3", Peers.parse(former, "g3"), lost, 1L << 30, 1_000_000, 1, SEGMENT_MAX_BYTES);
    try (Cluster gone = Cluster.open(back, null, () -> false, said -> {})) {
      soon().until(() -> MembershipFile.read(lost).left());
      assertThat(gone.own().state().role()).isEqualTo(State.Role.DEPARTED);
    }

    stop("g2");
    soon().until(() -> at("g3").own().state().canCommit());
  }

  @Test
  void whatCannotBeIsRefusedWithTheReason() throws Exception {
    startAll();
    awaitSettled(0, "g1", "g2", "g3");
    assertRefused(ClusterChange.replace("g9=127.0.0.1:1"), "no gateway answers at 127.0.0.1:1");
    assertRefused(ClusterChange.replace("g9=" + addresses.get("g2")), "is gateway g2, not g9");
    assertRefused(ClusterChange.replace(named("g2")), "belongs to cluster", "has to be empty");
    assertRefused(ClusterChange.remove(List.of("g3")), "would make 2 gateways");
    assertRefused(ClusterChange.remove(List.of("g2", "g7")), "g7 is not a member");
    assertThat(at("g1").status().generation()).isZero();
  }

  private void assertRefused(ClusterChange change, String... words) {
    assertThatThrownBy(() -> await(at("g1").change(change)))
        .isInstanceOf(ChangeRefusedException.class)
        .hasMessageContainingAll(words);
  }
}
