package io.tidemark.deploy.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Http;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Backs a running ingest up: has it copy what it keeps itself, and takes that and the authority's
 * files away into a folder. Ended at any moment, it leaves a folder without a manifest, which is no
 * backup; ingest removes what is left of its copy when the next is made.
 */
public final class Backup {
  /** Where everything is within a backup, and within a data folder. */
  static final String IDENTITY = "identity";

  private static final int POLL_MS = 200;
  private static final int ACCEPTED = 202;

  private final Path data;
  private final Path identity;
  private final Path to;
  private final String api;
  private final Http http;
  private final Duration patience;
  private final Progress progress;

  /**
   * Does nothing yet.
   *
   * @param data ingest's data folder
   * @param identity the folder of its authority; not there with security off
   * @param to an empty folder, or none
   * @param api ingest's base address
   * @param http asks it, as an administrator
   * @param patience how long ingest may copy without a byte more
   */
  public Backup(
      Path data,
      Path identity,
      Path to,
      String api,
      Http http,
      Duration patience,
      Progress progress) {
    this.data = data;
    this.identity = identity;
    this.to = to;
    this.api = api;
    this.http = http;
    this.patience = patience;
    this.progress = progress;
  }

  /**
   * What was backed up.
   *
   * @param files how many
   * @param bytes of all
   * @param pausedMillis for how long ingest wrote no rows
   * @param elsewhere what is not in it, as a server keeps it, in words
   */
  public record Made(int files, long bytes, long pausedMillis, List<String> elsewhere) {
    /** Copies the list. */
    public Made {
      elsewhere = List.copyOf(elsewhere);
    }
  }

  /**
   * Makes it.
   *
   * @throws BackupException if it cannot be made
   * @throws IOException if ingest does not answer, or a file cannot be read or written
   */
  public Made make() throws BackupException, IOException, InterruptedException {
    if (!Copying.isEmpty(to)) {
      throw new BackupException(
          "%s is not empty: name a folder that is not there, or remove what an earlier backup has left"
              .formatted(to));
    }
    if (!Files.exists(data.resolve("lock"))) {
      throw new BackupException(
          "%s is not ingest's data folder (tidemark.data.dir): nothing has run in it"
              .formatted(data));
    }
    Instant made = Instant.now();
    String software = http.get(api + "/api/v1/system").path("software").asText();
    JsonNode copy = copied();
    Path source = data.resolve(copy.path("folder").asText());
    if (!Files.isDirectory(source)) {
      throw new BackupException(
          "ingest at %s has made its copy, but not in %s: is that the data folder of another one?"
              .formatted(api, data));
    }
    Copying.makePrivate(to);
    List<Manifest.Entry> files = new ArrayList<>();
    take(source, "", files);
    if (Files.isDirectory(identity)) {
      take(identity, IDENTITY + "/", files);
    }
    Copying.forceAll(to);
    Manifest manifest = new Manifest(made, software, files, elsewhere(copy));
    manifest.write(to);
    JsonNode unused = http.delete(api + "/api/v1/backup");
    return new Made(
        files.size(), manifest.bytes(), copy.path("pausedMillis").asLong(), manifest.elsewhere());
  }

  private static List<String> elsewhere(JsonNode copy) {
    List<String> elsewhere = new ArrayList<>();
    if (!copy.path("sql").asBoolean()) {
      elsewhere.add("the SQL database (pg_dump)");
    }
    if (!copy.path("rows").asBoolean()) {
      elsewhere.add("the rows (influxd backup -portable)");
    }
    return elsewhere;
  }

  /** Has ingest make its copy. */
  private JsonNode copied() throws BackupException, IOException, InterruptedException {
    Http.Answer begun = http.tryPost(api + "/api/v1/backup", "{}");
    if (begun.status() != ACCEPTED) {
      throw new BackupException(
          "ingest makes no copy: "
              + new ObjectMapper().readTree(begun.body()).path("detail").asText(begun.body()));
    }
    JsonNode now = http.get(api + "/api/v1/backup");
    progress.begin("Ingest copies", now.path("totalBytes").asLong());
    long copied = -1;
    long grewAt = System.nanoTime();
    while (now.path("state").asText().equals("copying")) {
      if (now.path("copiedBytes").asLong() > copied) {
        copied = now.path("copiedBytes").asLong();
        grewAt = System.nanoTime();
      } else if (System.nanoTime() - grewAt > patience.toNanos()) {
        throw new BackupException(
            "ingest has copied nothing for %d s, at %,d bytes: look at its disk and its log"
                .formatted(patience.toSeconds(), copied));
      }
      Thread.sleep(POLL_MS);
      now = http.get(api + "/api/v1/backup");
      progress.at(now.path("copiedBytes").asLong());
    }
    if (!now.path("state").asText().equals("ready")) {
      throw new BackupException("ingest has not made its copy: " + now.path("why").asText());
    }
    return now;
  }

  private void take(Path from, String prefix, List<Manifest.Entry> files) throws IOException {
    List<String> all = Copying.files(from);
    long bytes = 0;
    for (String file : all) {
      bytes += Files.size(from.resolve(file));
    }
    progress.begin("Taking " + (prefix.isEmpty() ? "the copy" : prefix), bytes);
    for (String file : all) {
      Path copy = to.resolve(prefix + file);
      String sha256 = Copying.copy(from.resolve(file), copy, progress::did);
      files.add(new Manifest.Entry(prefix + file, Files.size(copy), sha256));
    }
  }
}
