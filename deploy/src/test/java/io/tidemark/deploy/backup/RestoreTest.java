package io.tidemark.deploy.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may read what is put back, from its first moment on. */
class RestoreTest {
  @TempDir private Path folder;

  @Test
  void keysOutsideOfTheDataFolderAreTheOwnersToo() throws Exception {
    Path from = Files.createDirectories(folder.resolve("backup/identity")).getParent();
    List<Manifest.Entry> files = new ArrayList<>();
    for (String name : List.of("tidemark.db", "identity/root.pem", "identity/intermediate.key")) {
      Path file = Files.writeString(from.resolve(name), name);
      files.add(new Manifest.Entry(name, name.length(), Copying.sha256(file, read -> {})));
    }
    new Manifest(Instant.EPOCH, "1", files, List.of()).write(from);
    Path identity = folder.resolve("elsewhere/keys");
    List<String> during = new ArrayList<>();
    Progress progress = new Progress(said -> during.add(said + mode(identity)));

    List<String> left = new Restore(from, folder.resolve("data"), identity, progress).run();
    assertThat(left).isEmpty();
    assertThat(identity.resolve("intermediate.key")).hasContent("identity/intermediate.key");
    assertThat(during.get(during.size() - 1))
        .as("before the first file is there")
        .startsWith("Putting it back")
        .endsWith(" rwx------");
    assertThat(folder.resolve("data/identity")).doesNotExist();
  }

  @Test
  void aFileIsItsOwnersUntilAllOfItIsThere() throws Exception {
    Path from = Files.writeString(folder.resolve("from"), "words");
    Files.setPosixFilePermissions(from, PosixFilePermissions.fromString("rw-r--r--"));
    Path to = folder.resolve("inner/to");
    List<String> during = new ArrayList<>();
    String sha256 = Copying.copy(from, to, copied -> during.add(copied + mode(to)));
    assertThat(during).containsExactly("5 rw-------");
    assertThat(mode(to)).isEqualTo(" rw-r--r--");
    assertThat(sha256).isEqualTo(Copying.sha256(to, read -> {}));
  }

  private static String mode(Path path) {
    try {
      return Files.exists(path)
          ? " " + PosixFilePermissions.toString(Files.getPosixFilePermissions(path))
          : " (not there)";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
