package io.tidemark.deploy.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Puts a backup back into an empty data folder. Ended at any moment, it leaves a folder with a file
 * {@value #MARKER} in it, in which ingest does not start.
 */
public final class Restore {
  /** Ingest knows it, too. */
  static final String MARKER = "restoring";

  private static final String OF_IDENTITY = Backup.IDENTITY + "/";

  private final Path from;
  private final Path data;
  private final Path identity;
  private final Progress progress;

  /**
   * Does nothing yet.
   *
   * @param from the backup
   * @param data ingest's data folder as it is to be
   * @param identity the folder of its authority as it is to be
   */
  public Restore(Path from, Path data, Path identity, Progress progress) {
    this.from = from;
    this.data = data;
    this.identity = identity;
    this.progress = progress;
  }

  /**
   * Checks the backup, and puts it back.
   *
   * @return what is not in it, as a server keeps it, in words
   * @throws BackupException if it is not whole, or there is something where it is to be
   */
  public List<String> run() throws BackupException, IOException {
    Manifest manifest = Manifest.read(from);
    requireEmpty(data);
    requireEmpty(identity);
    progress.begin("Checking the backup of " + manifest.made(), manifest.bytes());
    manifest.check(from, progress);
    Copying.makePrivate(data);
    Path marker = Files.createFile(data.resolve(MARKER));
    Copying.force(data);
    if (manifest.files().stream().anyMatch(Restore::isOfIdentity)) {
      Copying.makePrivate(identity);
    }
    progress.begin("Putting it back", manifest.bytes());
    for (Manifest.Entry entry : manifest.files()) {
      String sha256 = Copying.copy(from.resolve(entry.path()), target(entry), progress::did);
      if (!sha256.equals(entry.sha256())) {
        throw new BackupException(
            "%s has become another one while it was put back: use another backup"
                .formatted(from.resolve(entry.path())));
      }
    }
    Copying.forceAll(data);
    if (Files.exists(identity) && !identity.startsWith(data)) {
      Copying.forceAll(identity);
    }
    Files.delete(marker);
    Copying.force(data);
    return manifest.elsewhere();
  }

  private static boolean isOfIdentity(Manifest.Entry entry) {
    return entry.path().startsWith(OF_IDENTITY);
  }

  private Path target(Manifest.Entry entry) throws BackupException {
    boolean ofIdentity = isOfIdentity(entry);
    Path folder = ofIdentity ? identity : data;
    Path target =
        folder
            .resolve(ofIdentity ? entry.path().substring(OF_IDENTITY.length()) : entry.path())
            .normalize();
    if (!target.startsWith(folder.normalize())) {
      throw new BackupException(
          "%s names %s, which leads out of the folder: it was not made by this program"
              .formatted(from.resolve(Manifest.FILE), entry.path()));
    }
    return target;
  }

  private static void requireEmpty(Path folder) throws BackupException, IOException {
    if (Files.exists(folder.resolve(MARKER))) {
      throw new BackupException(
          "a restore into %s did not end: remove the folder, and restore again".formatted(folder));
    }
    if (!Copying.isEmpty(folder)) {
      throw new BackupException(
          "%s is not empty, and nothing is overwritten: move it away, or name another"
              .formatted(folder));
    }
  }
}
