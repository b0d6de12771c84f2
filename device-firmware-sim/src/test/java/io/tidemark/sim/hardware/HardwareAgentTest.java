package io.tidemark.sim.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.record.HardwareFolder;
import io.tidemark.sim.record.RecordRemoval;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that has an agent's commands. */
@Timeout(60)
@NullUnmarked
class HardwareAgentTest {
  private static final List<URI> GATEWAYS =
      List.of(URI.create("tcp://g1"), URI.create("coap://g2"), URI.create("tcp://g3:2883"));

  @TempDir Path temporary;
  private HardwareFolder folder;
  private Path jar;

  @BeforeEach
  void make() throws Exception {
    folder = HardwareFolder.of(temporary);
    jar = FakeAgent.jar(temporary);
  }

  @AfterEach
  void endWhatIsLeft() throws Exception {
    folder.running().ifPresent(ProcessHandle::destroyForcibly);
  }

  private HardwareAgent start(String device) throws Exception {
    return HardwareAgent.start(jar, folder, device, GATEWAYS, Duration.ofSeconds(20));
  }

  private void awaitJournal(String count) {
    await()
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> Files.readString(folder.journal().resolve("journal.db")).equals(count));
  }

  @Test
  void itsJournalSaysWhatItCameToAndGoesOnUnderItsName() throws Exception {
    try (HardwareAgent agent = start("lab-hardware")) {
      awaitJournal("5");
      assertThatThrownBy(() -> HardwareAgent.sumsIn(folder))
          .hasMessageContaining("did not end by itself");
      agent.stop();
      HardwareSums sums = agent.end();
      assertThat(sums.epochs())
          .containsExactly(new HardwareSums.Epoch("lab-hardware", FakeAgent.EPOCH, 5, 0, 1, 2));
      assertThat(sums.acknowledged()).isEqualTo(2);
      assertThat(agent.trouble()).isNull();
    }
    assertThat(HardwareAgent.sumsIn(folder).produced()).isEqualTo(5);
    assertThat(Files.readAllLines(folder.config()))
        .contains("gateways: [\"tcp://g1:1883\", \"coap://g2\", \"tcp://g3:2883\"]");
    try (HardwareAgent agent = start("hardware")) {
      awaitJournal("10");
      agent.stop();
      assertThat(agent.end().epochs()).extracting(e -> e.device()).containsExactly("lab-hardware");
    }
  }

  @Test
  void oneThatAKilledSimulatorLeftIsEnded() throws Exception {
    start("hardware"); // and nobody ends it
    awaitJournal("5");
    ProcessHandle left = folder.running().orElseThrow();
    Files.createFile(temporary.resolve("readings.record"));
    Files.delete(jar);
    assertThatThrownBy(() -> RecordRemoval.check(temporary))
        .hasMessageContaining("still runs, as process " + left.pid());
    jar = FakeAgent.jar(temporary);
    try (HardwareAgent agent = start("hardware")) {
      assertThat(left.isAlive()).isFalse();
      awaitJournal("10");
      agent.stop();
      agent.end();
    }
    assertThat(folder.running()).isEmpty();
  }

  @Test
  void anotherProcessOfItsIdIsLeftAlone() throws Exception {
    Files.createDirectories(folder.path());
    Files.writeString(folder.pid(), Long.toString(ProcessHandle.current().pid()));
    assertThat(folder.running()).isEmpty();
  }

  @Test
  void whatItRefusesIsSaidInItsWords() {
    assertThatThrownBy(() -> start("refused"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("could not check: no device may be called so");
    jar = temporary.resolve("nothing.jar");
    assertThatThrownBy(() -> start("hardware")).hasMessageContaining("nothing.jar");
  }

  @Test
  void oneThatEndsByItselfIsTold() throws Exception {
    try (HardwareAgent agent = start("dying")) {
      await().until(() -> folder.running().isEmpty());
      agent.stop();
      assertThat(agent.end().epochs()).isEmpty();
      assertThat(agent.trouble()).contains("exit code 3").contains("agent.log");
    }
  }

  @Test
  void whatIsNoJournalIsRefused() {
    for (String json : List.of("", "{}", "[1]", "[{}]", "[{\"device\":\"d\",\"epoch\":-1}]")) {
      assertThatThrownBy(() -> HardwareSums.parse(json)).as(json).isInstanceOf(IOException.class);
    }
  }
}
