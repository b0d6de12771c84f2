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
    return HardwareAgent.start(jar, folder, device, GATEWAYS, null, Duration.ofSeconds(20));
  }

  @Test
  void itIsEnrolledOnceBeforeGatewaysAskWhoItIs() throws Exception {
    Path credential = folder.journal().resolve("identity/credential.pem");
    for (String token : List.of("token", "another")) {
      try (HardwareAgent agent =
          HardwareAgent.start(
              jar,
              folder,
              "hardware",
              List.of(URI.create("ssl://g1:8883")),
              temporary.resolve(token),
              Duration.ofSeconds(20))) {
        assertThat(Files.readString(credential))
            .isEqualTo("--token-file " + temporary.resolve("token"));
        assertThat(folder.config()).content().contains("gateways: [\"ssl://g1:8883\"]");
        agent.stop();
      }
    }
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
          .containsExactly(new HardwareSums.Epoch("lab-hardware", FakeAgent.EPOCH, 5, 0, 1, 2, 1));
      assertThat(sums.acknowledged()).isEqualTo(2);
      assertThat(sums.outstanding()).isEqualTo(2);
      assertThat(sums.trouble()).isNull();
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
  void anEpochThatItsJournalForgotIsStillKnown() throws Exception {
    try (HardwareAgent agent = start("hardware")) {
      awaitJournal("5");
      agent.stop();
      agent.end();
    }
    Files.move(folder.journalFile(), folder.journalFile().resolveSibling("journal.db.corrupt-1"));
    start("hardware"); // and nobody asks what its journal came to
    awaitJournal("5");
    HardwareAgent.endLeft(folder);
    try (HardwareAgent agent = start("hardware")) {
      awaitJournal("10");
      agent.stop();
      agent.end();
    }
    assertThat(HardwareAgent.sumsIn(folder).epochs())
        .containsExactly(
            new HardwareSums.Epoch("hardware", FakeAgent.EPOCH, 5, 0, 1, 2, 1),
            new HardwareSums.Epoch("hardware", FakeAgent.EPOCH + 1, 10, 0, 1, 2, 1));
  }

  @Test
  void oneThatAKilledSimulatorLeftIsEndedWhateverItsFolderIsCalled(@TempDir Path elsewhere)
      throws Exception {
    Path link = Files.createSymbolicLink(elsewhere.resolve("link"), temporary);
    folder = HardwareFolder.of(link.resolve("."));
    start("hardware"); // and nobody ends it
    folder = HardwareFolder.of(temporary);
    awaitJournal("5");
    ProcessHandle left = folder.running().orElseThrow();
    Files.createFile(temporary.resolve("readings.record"));
    Files.delete(jar);
    assertThatThrownBy(() -> RecordRemoval.check(temporary))
        .hasMessageContaining("still runs, as process " + left.pid());
    HardwareAgent.endLeft(folder);
    assertThat(left.isAlive()).isFalse();
    assertThat(folder.running()).isEmpty();
    HardwareAgent.endLeft(folder);
  }

  /** A simulator that ends before it could tell its agent to. */
  static final class Ends {
    public static void main(String[] arguments) throws Exception {
      HardwareAgent.start(
          Path.of(arguments[0]),
          HardwareFolder.of(Path.of(arguments[1])),
          "hardware",
          GATEWAYS,
          null,
          Duration.ofSeconds(20));
      System.exit(0);
    }
  }

  @Test
  void itDoesNotOutliveASimulatorThatEnds() throws Exception {
    Process simulator =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Ends.class.getName(),
                jar.toString(),
                temporary.toString())
            .inheritIO()
            .start();
    assertThat(simulator.waitFor()).isZero();
    assertThat(folder.pid()).exists();
    await().until(() -> folder.running().isEmpty());
  }

  @Test
  void anotherProcessOfItsIdIsLeftAlone() throws Exception {
    Files.createDirectories(folder.path());
    Files.writeString(folder.pid(), Long.toString(ProcessHandle.current().pid()));
    assertThat(folder.running()).isEmpty();
  }

  @Test
  void whatItRefusesIsSaidInItsWordsAndChangesNothing() throws Exception {
    assertThatThrownBy(() -> start("refused"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("could not config check: no device may be called so");
    assertThat(folder.path()).isEmptyDirectory();
    Files.writeString(folder.config(), "device: hardware\n");
    Files.writeString(folder.sums(), "[]");
    jar = temporary.resolve("nothing.jar");
    assertThatThrownBy(() -> start("hardware")).hasMessageContaining("nothing.jar");
    assertThat(folder.config()).hasContent("device: hardware\n");
    assertThat(folder.sums()).hasContent("[]");
  }

  @Test
  void oneThatEndsByItselfIsTold() throws Exception {
    try (HardwareAgent agent = start("dying")) {
      await().until(() -> folder.running().isEmpty());
      agent.stop();
      HardwareSums sums = agent.end();
      assertThat(sums.epochs()).isEmpty();
      assertThat(sums.trouble()).contains("by itself, with exit code 3").contains("agent.log");
    }
    assertThat(HardwareAgent.sumsIn(folder).trouble()).isNull();
  }

  @Test
  void oneThatFailsAtItsEndIsTold() throws Exception {
    try (HardwareAgent agent = start("crashing")) {
      awaitJournal("5");
      agent.stop();
      HardwareSums sums = agent.end();
      assertThat(sums.produced()).isEqualTo(5);
      assertThat(sums.text()).contains("; it ended not as told, with exit code 5");
    }
  }

  @Test
  void aJournalThatCannotBeReadIsTold() throws Exception {
    try (HardwareAgent agent = start("mute")) {
      awaitJournal("5");
      agent.stop();
      assertThat(agent.end().trouble())
          .contains("what its journal came to is not known")
          .contains("its journal is locked");
    }
    assertThatThrownBy(() -> HardwareAgent.sumsIn(folder)).isInstanceOf(IOException.class);
  }

  @Test
  void whatIsNoJournalIsRefused() {
    for (String json : List.of("", "{}", "[1]", "[{}]", "[{\"device\":\"d\",\"epoch\":-1}]")) {
      assertThatThrownBy(() -> HardwareSums.parse(json)).as(json).isInstanceOf(IOException.class);
    }
  }
}
