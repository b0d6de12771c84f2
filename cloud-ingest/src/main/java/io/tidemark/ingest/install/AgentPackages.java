package io.tidemark.ingest.install;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder with the agent's packages, looked into each time, so that another one can be put there
 * while ingest runs. Safe for use by many threads; blocks on the disk.
 */
public final class AgentPackages {
  /** As Debian has names of packages: no other file of the folder is anybody's. */
  private static final Pattern NAME = Pattern.compile("tidemark-agent_[A-Za-z0-9.+~-]+_all\\.deb");

  private final @Nullable Path folder;
  private final Map<Path, Known> known = new ConcurrentHashMap<>();

  /** Hashed before, and not again while it has this time and size. */
  private record Known(AgentPackage agent, FileTime changed) {}

  private record Found(Path file, BasicFileAttributes attributes) {}

  /**
   * @param folder where they are; null if there is none
   */
  public AgentPackages(@Nullable Path folder) {
    this.folder = folder;
  }

  /** Why there is nothing to install, and what to do about it. */
  String missing() {
    String fix =
        "build Tidemark and put deploy/target/tidemark-agent_VERSION_all.deb there; or install that file by hand, with apt";
    return "there is no agent's package here: "
        + (folder == null
            ? "set tidemark.install.dir to a folder, "
            : "the folder tidemark.install.dir has no tidemark-agent_VERSION_all.deb that ingest may read: ")
        + fix;
  }

  /** The one that was changed last; nothing if there is none. */
  Optional<AgentPackage> newest() throws IOException {
    Optional<Found> newest =
        all().stream()
            .max(
                Comparator.comparing((Found one) -> one.attributes.lastModifiedTime())
                    .thenComparing(Found::file));
    return newest.isEmpty() ? Optional.empty() : Optional.of(hashed(newest.get()));
  }

  /** The one of this name; nothing if there is none. */
  Optional<AgentPackage> named(String name) throws IOException {
    for (Found one : all()) {
      if (one.file.getFileName().toString().equals(name)) {
        return Optional.of(hashed(one));
      }
    }
    return Optional.empty();
  }

  private List<Found> all() throws IOException {
    if (folder == null) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .flatMap(AgentPackages::found)
          .toList();
    } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException e) {
      return List.of();
    }
  }

  private static Stream<Found> found(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isRegularFile() && Files.isReadable(file)
          ? Stream.of(new Found(file, attributes))
          : Stream.empty();
    } catch (IOException e) {
      return Stream.empty(); // gone meanwhile, or a link that leads nowhere
    }
  }

  private AgentPackage hashed(Found one) throws IOException {
    Known before = known.get(one.file);
    FileTime changed = one.attributes.lastModifiedTime();
    long bytes = one.attributes.size();
    if (before != null && before.agent.bytes() == bytes && before.changed.equals(changed)) {
      return before.agent;
    }
    AgentPackage now = new AgentPackage(one.file, bytes, sha256(one.file));
    known.keySet().removeIf(file -> !Files.exists(file));
    known.put(one.file, new Known(now, changed));
    return now;
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest = digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of SHA-256, which every Java has. */
  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("a Java without SHA-256", e);
    }
  }
}
