package io.tidemark.gateway.replication;

import static io.tidemark.gateway.replication.ReplicatedLogContract.await;
import static io.tidemark.gateway.replication.ReplicatedLogContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A write to one gateway's log fails, once: what Ratis makes of that, and what must not come of it.
 */
class FailedDiskTest extends ClusterBench {
  FailedDiskTest() throws IOException {}

  @Test
  void whoCouldNotWriteIsNotCounted() throws Exception {
    startAll();
    commit("g1", bytes("before"), 1);
    soon().until(() -> texts(log("g2", "g1")).equals(List.of("before")));
    failNextWrite(log("g2", "g1"));
    commit("g1", bytes("without g2"), 1);

    stop("g3");
    // It is on no other disk: g2 has it in memory, and could say that it had it.
    assertThatThrownBy(() -> await(at("g1").own().propose(bytes("on one disk"), 1))).isNotNull();
    assertThat(at("g2").failure())
        .contains("group g1: the log could not be written", "start again");
    soon()
        .untilAsserted(
            () ->
                assertThat(at("g1").status().members().get(1).trouble())
                    .contains("group g1: the log could not be written"));
    for (String gateway : List.of("g1", "g2")) { // either may lead the agreement, and is asked
      soon().until(() -> !settled(gateway, "g1"));
    }
    ClusterChange toOne = ClusterChange.remove(List.of("g2", "g3"));
    // Not refused: nothing is wrong with it.
    assertThatThrownBy(() -> await(at("g1").change(toOne)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("group g1 has no leader now");

    stop("g2");
    start("g2");
    soon().until(() -> at("g1").own().state().canCommit());
    commit("g1", bytes("with g2"), 1);
    soon().until(() -> texts(log("g2", "g1")).contains("with g2"));
    assertThat(texts(log("g2", "g1")))
        .isEqualTo(texts(log("g1", "g1")))
        .contains("before", "without g2");
    assertThat(at("g2").failure()).isEmpty();
  }

  @Test
  void whoCouldNotWriteLeadsNoMore() throws Exception {
    startAll();
    commit("g1", bytes("before"), 1);
    failNextWrite(log("g1", "g1"));
    assertThatThrownBy(() -> await(at("g1").own().propose(bytes("in doubt"), 1)))
        .isNotInstanceOf(NotProposedException.class);

    assertThat(at("g1").own().state().role()).isEqualTo(State.Role.FAILED);
    assertThat(at("g1").failure()).contains("group g1: the log could not be written");
    String heir = heir("g1");
    assertThat(heir).isNotEqualTo("g1");
    await(log(heir, "g1").propose(bytes("by the heir"), 1));

    stop("g1");
    start("g1");
    soon().until(() -> log("g1", "g1").leadership() >= 0);
    assertThat(texts(log("g1", "g1"))).contains("before", "by the heir");
  }

  @Test
  void whoseDiskStandsStillHandsOverAndIsGivenItsGroupBack() throws Exception {
    startAll();
    commit("g1", bytes("before"), 1);
    StandingChannel standing = standStill(log("g1", "g1"));
    Path vote = log("g1", "g1").replica().segments().resolve("raft-meta.tmp");
    // Whoever opens it to write waits for who reads.
    assertThat(new ProcessBuilder("mkfifo", vote.toString()).start().waitFor()).isZero();
    try {
      CompletableFuture<Long> doubtful =
          at("g1").own().propose(bytes("in doubt"), 1).toCompletableFuture();
      soon().until(() -> log("g1", "g1").leadership() < 0);
      assertThat(at("g1").own().state().canCommit()).isFalse();
      assertThatThrownBy(() -> await(doubtful)).isNotInstanceOf(NotProposedException.class);
      String heir = heir("g1");
      await(log(heir, "g1").propose(bytes("by the heir"), 1));
      assertThat(at("g1").failure()).as("a restart does not help").isEmpty();
      soon()
          .untilAsserted(
              () ->
                  assertThat(at(heir).status().members().get(0).trouble())
                      .contains("has taken no entry of group g1 for"));
    } finally {
      standing.goOn();
      FileChannel.open(vote, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
      Files.deleteIfExists(vote);
    }
    soon().until(() -> log("g1", "g1").leadership() >= 0);
    commit("g1", bytes("by g1"), 1);
    assertThat(texts(log("g1", "g1"))).contains("before", "by the heir", "by g1");
  }

  /** Whether a group's leader, who is heard there, says that it has all its members. */
  private boolean settled(String gateway, String group) {
    return at(gateway).status().groups().stream()
        .anyMatch(of -> of.group().equals(group) && of.settled());
  }

  /** As if the disk had refused it: the file is closed under the log. */
  private static void failNextWrite(RatisLog log) throws ReflectiveOperationException, IOException {
    ((FileChannel) value(channel(log), "fileChannel")).close();
  }

  /** From now on an fsync of the log does not return. */
  private static StandingChannel standStill(RatisLog log) throws ReflectiveOperationException {
    Object channel = channel(log);
    StandingChannel standing = new StandingChannel((FileChannel) value(channel, "fileChannel"));
    field(channel, "fileChannel").set(channel, standing);
    return standing;
  }

  /** Ratis' open segment. */
  private static Object channel(RatisLog log) throws ReflectiveOperationException {
    return value(value(value(log.replica().log(), "fileLogWorker"), "out"), "out");
  }

  private static Object value(Object of, String name) throws ReflectiveOperationException {
    return field(of, name).get(of);
  }

  private static Field field(Object of, String name) throws ReflectiveOperationException {
    Field field = of.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
