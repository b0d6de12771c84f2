package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Pipeline;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Ingest is backed up while it runs, lost, and put back; so are an agent's journal and its past.
 */
class BackupTest {
  private static final long SEED = 20_261_128L;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int tidemark(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Tidemark.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(words);
  }

  private int backup(Pipeline parts, Path to) {
    return tidemark(
        "backup",
        "--to=" + to,
        "--data=" + parts.data().resolve("ingest"),
        "--api=" + parts.apiUrl());
  }

  @Test
  void whatCameInSinceTheBackupIsNamedOneByOne() throws Exception {
    try (TestPipeline test = TestPipeline.started("backup")) {
      Pipeline parts = test.parts();
      ChildProcess sim = test.load(SEED);
      sim.start();
      awaitStored(test, 300);
      Path backup = parts.data().resolve("backups/first");
      assertThat(backup(parts, backup)).as(err.toString()).isZero();
      assertThat(out.toString()).contains("Backed up into " + backup, "Ingest wrote no rows for ");
      assertThat(err.toString()).contains("Ingest copies: ", "Taking the copy: ");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
          .isEqualTo("rwx------");
      assertThat(parts.data().resolve("ingest/backup/ready")).doesNotExist();
      nothingIsOverwritten(parts, backup);
      awaitStored(test, test.ledger().stored() + 300); // which nobody has but ingest

      losesIngest(parts);
      assertThat(restore(parts, backup)).as(err.toString()).isZero();
      assertThat(out.toString()).contains("Restored into ", "ledger rebuild");
      parts.startIngest();
      assertThat(tidemark("ledger", "rebuild", "--api", parts.apiUrl()))
          .as(out + "" + err)
          .isZero();
      awaitStored(test, test.ledger().stored() + 300);
      sim.terminate();
      assertThat(sim.waitFor(TestPipeline.LONG)).as("simulator ends").isTrue();

      TestPipeline.Finished verdict = test.verify("record");
      Sums sums = test.awaitSettled(verdict.json().path("produced").asLong());
      assertThat(sums.missing()).isGreaterThanOrEqualTo(100);
      assertThat(sums.stored() + sums.missing()).isEqualTo(sums.produced());
      assertThat(sums.duplicates()).isZero();
      assertThat(missing(test)).isEqualTo(lost(verdict.json()));
      assertThat(missing(test)).hasSize((int) sums.missing());
      nothingIsLostWithoutAnythingNew(test, sums);
    }
  }

  private int restore(Pipeline parts, Path from) {
    return tidemark("restore", "--from=" + from, "--data=" + parts.data().resolve("ingest"));
  }

  private static void losesIngest(Pipeline parts) throws Exception {
    parts.ingest().kill();
    TestPipeline.delete(parts.data().resolve("ingest"));
  }

  private void nothingIsOverwritten(Pipeline parts, Path backup) throws Exception {
    assertThat(backup(parts, backup)).isEqualTo(2);
    assertThat(err.toString()).contains(backup + " is not empty");
    assertThat(restore(parts, backup)).isEqualTo(2);
    assertThat(err.toString()).contains("ingest is not empty, and nothing is overwritten");
    Path other = Files.createDirectories(parts.data().resolve("other"));
    assertThat(tidemark("backup", "--to=" + other, "--data=" + other, "--api=" + parts.apiUrl()))
        .isEqualTo(2);
    assertThat(err.toString()).contains("is not ingest's data folder");
  }

  /** A backup of what is at rest, put back, is what was. */
  private void nothingIsLostWithoutAnythingNew(TestPipeline test, Sums before) throws Exception {
    Pipeline parts = test.parts();
    Path backup = parts.data().resolve("backups/second");
    assertThat(backup(parts, backup)).as(err.toString()).isZero();
    losesIngest(parts);
    damagedOrUnfinishedIsNotPutBack(parts, backup);
    assertThat(restore(parts, backup)).as(err.toString()).isZero();
    parts.startIngest();
    assertThat(test.awaitSettled(before.produced())).isEqualTo(before);
    assertThat(tidemark("ledger", "rebuild", "--api", parts.apiUrl())).as(out + "" + err).isZero();
  }

  private void damagedOrUnfinishedIsNotPutBack(Pipeline parts, Path backup) throws Exception {
    Path manifest = backup.resolve("manifest.json");
    Path aside = parts.data().resolve("aside");
    Files.move(manifest, aside);
    assertThat(restore(parts, backup)).isEqualTo(2);
    assertThat(err.toString()).contains("is no backup, or one that was not finished");
    Files.writeString(
        manifest, Files.readString(aside).replaceFirst("\"format\" : 1", "\"format\" : 2"));
    assertThat(restore(parts, backup)).isEqualTo(2);
    assertThat(err.toString()).contains("is of format 2, and this program knows 1");
    Files.delete(manifest);
    Files.move(aside, manifest);
    Path database = backup.resolve("tidemark.db");
    byte[] bytes = Files.readAllBytes(database);
    bytes[bytes.length / 2] ^= 1;
    Files.write(database, bytes);
    assertThat(restore(parts, backup)).isEqualTo(2);
    assertThat(err.toString()).contains("damaged: tidemark.db is not what was backed up");
    bytes[bytes.length / 2] ^= 1;
    Files.write(database, bytes);
    Path stranger = Files.createFile(backup.resolve("stranger"));
    assertThat(restore(parts, backup)).isEqualTo(2);
    assertThat(err.toString()).contains("has stranger, which is not of the backup");
    Files.delete(stranger);
    assertThat(parts.data().resolve("ingest")).doesNotExist();
    Files.createFile(Files.createDirectories(parts.data().resolve("ingest")).resolve("restoring"));
    assertThat(restore(parts, backup)).isEqualTo(2);
    assertThat(err.toString()).contains("did not end: remove the folder, and restore again");
    TestPipeline.delete(parts.data().resolve("ingest"));
  }

  /** SQL first, then the rows, each by its own means, and readings come in between. */
  @Test
  void rowsNewerThanTheLedgerAreTakenForStoredAndTheRestIsNamed() throws Exception {
    try (InfluxServer influx = InfluxServer.start(TestPipeline.folder("backup-influx-server"));
        TestPipeline test = TestPipeline.in("backup-influx", influx.url())) {
      Pipeline parts = test.parts();
      parts.startServers();
      ChildProcess sim = test.load(SEED);
      sim.start();
      awaitStored(test, 200);
      Path backup = parts.data().resolve("backups/sql");
      assertThat(backup(parts, backup)).as(err.toString()).isZero();
      assertThat(out.toString()).contains("Not in it, to be backed up by itself: the rows (");
      long between = test.ledger().stored();
      awaitStored(test, between + 200);
      Path rows = parts.data().resolve("backups/rows");
      influx.backUp("tidemark", rows);
      awaitStored(test, test.ledger().stored() + 200);

      losesIngest(parts);
      influx.loseAllAndRestore("tidemark", rows);
      assertThat(restore(parts, backup)).as(err.toString()).isZero();
      parts.startIngest();
      assertThat(tidemark("ledger", "rebuild", "--api", parts.apiUrl())).isEqualTo(1);
      assertThat(out.toString()).contains("did not agree with the ledger, which now says");
      assertThat(test.ledger().stored()).isGreaterThanOrEqualTo(between + 200);
      assertThat(tidemark("ledger", "rebuild", "--api", parts.apiUrl())).isZero();
      sim.terminate();
      assertThat(sim.waitFor(TestPipeline.LONG)).as("simulator ends").isTrue();
      TestPipeline.Finished verdict = test.verify("record");
      Sums sums = test.awaitSettled(verdict.json().path("produced").asLong());
      assertThat(sums.missing()).isGreaterThanOrEqualTo(100);
      assertThat(missing(test)).isEqualTo(lost(verdict.json())).hasSize((int) sums.missing());
      assertThat(sums.duplicates()).isZero();
    }
  }

  /** Its old journal counts on from where it was: the same numbers again, for other readings. */
  @Test
  void anAgentWithItsJournalOfBeforeIsFoundOut() throws Exception {
    try (TestPipeline test = TestPipeline.started("old-journal")) {
      Pipeline parts = test.parts();
      ChildProcess agent =
          parts.agent(java.util.Map.of("commit-interval", "100ms"), "50ms", Duration.ofSeconds(60));
      run(test, agent, 20);
      Path journal = parts.data().resolve("agent");
      Path before = parts.data().resolve("agent-before");
      TestPipeline.copy(journal, before);
      run(test, agent, test.ledger().stored() + 20);
      Sums whole = test.awaitSettled(test.agentProduced());
      assertThat(whole.quarantined()).isZero();

      TestPipeline.delete(journal);
      TestPipeline.copy(before, journal);
      long stored = test.ledger().stored();
      agent.start();
      Awaitility.await("what the numbers are of is not the same")
          .atMost(TestPipeline.LONG)
          .until(() -> items(test, "conflict") > 0);
      agent.terminate();
      assertThat(agent.waitFor(TestPipeline.LONG)).isTrue();
      Sums sums = test.ledger();
      assertThat(sums.stored()).as("no row is replaced").isGreaterThanOrEqualTo(stored);
      assertThat(sums.duplicates()).isZero();
      assertThat(sums.missing()).isZero();
    }
  }

  /** Until so many are stored; then it ends, with nothing left to send. */
  private static void run(TestPipeline test, ChildProcess agent, long stored) throws Exception {
    agent.start();
    awaitStored(test, stored);
    agent.terminate();
    assertThat(agent.waitFor(TestPipeline.LONG)).isTrue();
    assertThat(agent.exitCode()).as(agent.logTail()).isZero();
  }

  private static long items(TestPipeline test, String reason) throws Exception {
    return test.parts()
        .http()
        .get(test.parts().apiUrl() + "/api/v1/quarantine/summary")
        .path("itemsByReason")
        .path(reason)
        .asLong();
  }

  private static void awaitStored(TestPipeline test, long stored) {
    Awaitility.await(stored + " are stored")
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> test.ledger().stored() >= stored);
  }

  /** As the ledger names them. */
  private static Set<String> missing(TestPipeline test) throws Exception {
    Pipeline parts = test.parts();
    Set<String> missing = new TreeSet<>();
    JsonNode devices = parts.http().get(parts.apiUrl() + "/api/v1/devices?limit=100").path("items");
    for (JsonNode device : devices) {
      String name = device.path("device").asText();
      JsonNode epochs =
          parts.http().get(parts.apiUrl() + "/api/v1/devices/" + name + "/ledger").path("epochs");
      for (JsonNode epoch : epochs) {
        for (JsonNode range : epoch.path("missingRanges")) {
          for (long i = range.path("first").asLong(); i <= range.path("last").asLong(); i++) {
            missing.add("%s/%d/%d".formatted(name, epoch.path("epoch").asLong(), i));
          }
        }
      }
    }
    return missing;
  }

  /** As the simulator's own record has them, against the rows. */
  private static Set<String> lost(JsonNode verdict) {
    Set<String> lost = new TreeSet<>();
    for (JsonNode problem : verdict.path("problems")) {
      assertThat(problem.path("kind").asText()).isEqualTo("lost");
      lost.add(
          "%s/%d/%d"
              .formatted(
                  problem.path("device").asText(),
                  problem.path("epoch").asLong(),
                  problem.path("sequence").asLong()));
    }
    return lost;
  }
}
