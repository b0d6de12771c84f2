package io.tidemark.deploy.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is in a backup: {@value #FILE}, written last, so that a folder without one is none.
 *
 * @param made when ingest began its copy
 * @param software ingest's version
 * @param files all of its files
 * @param elsewhere what is not in it, as a server keeps it, in words
 */
record Manifest(Instant made, String software, List<Entry> files, List<String> elsewhere) {
  static final String FILE = "manifest.json";

  /** Of the form of all this; another form gets another number. */
  private static final int FORMAT = 1;

  /** A file. */
  record Entry(String path, long bytes, String sha256) {}

  Manifest {
    files = List.copyOf(files);
    elsewhere = List.copyOf(elsewhere);
  }

  long bytes() {
    return files.stream().mapToLong(Entry::bytes).sum();
  }

  /** Writes it in one step. */
  void write(Path folder) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = json.createObjectNode();
    root.put("format", FORMAT).put("made", made.toString()).put("software", software);
    elsewhere.forEach(root.putArray("elsewhere")::add);
    ArrayNode all = root.putArray("files");
    for (Entry entry : files) {
      all.addObject()
          .put("path", entry.path())
          .put("bytes", entry.bytes())
          .put("sha256", entry.sha256());
    }
    Path unfinished = folder.resolve(FILE + ".new");
    Files.writeString(unfinished, json.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    Copying.force(unfinished);
    Files.move(unfinished, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    Copying.force(folder);
  }

  /**
   * Reads it.
   *
   * @throws BackupException if the folder is no whole backup, or one of another form
   */
  static Manifest read(Path folder) throws IOException, BackupException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      throw new BackupException(
          "%s is no backup, or one that was not finished: it has no %s".formatted(folder, FILE));
    }
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    if (root.path("format").asInt() != FORMAT) {
      throw new BackupException(
          "%s is of format %s, and this program knows %d: use the version that made it (%s)"
              .formatted(
                  file, root.path("format").asText(), FORMAT, root.path("software").asText()));
    }
    List<Entry> files = new ArrayList<>();
    for (JsonNode entry : root.path("files")) {
      files.add(
          new Entry(
              entry.path("path").asText(),
              entry.path("bytes").asLong(),
              entry.path("sha256").asText()));
    }
    List<String> elsewhere = new ArrayList<>();
    root.path("elsewhere").forEach(words -> elsewhere.add(words.asText()));
    return new Manifest(
        Instant.parse(root.path("made").asText()),
        root.path("software").asText(),
        files,
        elsewhere);
  }

  /**
   * Compares a backup with it: every file, and that there is no other.
   *
   * @throws BackupException that names the first that differs
   */
  void check(Path folder, Progress progress) throws IOException, BackupException {
    List<String> there = new ArrayList<>(Copying.files(folder));
    there.remove(FILE);
    for (Entry entry : files) {
      if (!there.remove(entry.path())) {
        throw new BackupException(
            "%s is damaged: %s is not there; use another backup".formatted(folder, entry.path()));
      }
      Path file = folder.resolve(entry.path());
      if (Files.size(file) != entry.bytes()
          || !Copying.sha256(file, progress::did).equals(entry.sha256())) {
        throw new BackupException(
            "%s is damaged: %s is not what was backed up; use another backup"
                .formatted(folder, entry.path()));
      }
    }
    if (!there.isEmpty()) {
      throw new BackupException(
          "%s has %s, which is not of the backup: take it away".formatted(folder, there.get(0)));
    }
  }
}
