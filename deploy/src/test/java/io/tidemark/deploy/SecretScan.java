package io.tidemark.deploy;

import io.tidemark.identity.EnrolmentToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Looks for secrets where they must not be: in everything that a running system leaves in its
 * folder, and in the command lines of its processes. Those that are known it looks for word by
 * word; whatever looks like one is one, known or not. Used by one thread.
 */
final class SecretScan {
  private static final Pattern LOOKS_SECRET =
      Pattern.compile(
          "tm[kpst]_[A-Za-z0-9_-]{30,}"
              + "|PRIVATE KEY"
              + "|(?i:authorization: ?(?:bearer|basic) \\S+)"
              + "|(?:__Host-)?tidemark=[A-Za-z0-9_-]{20,}");

  private static final Pattern PEM_KEY =
      Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----\\s+(\\S{40,})");

  /** The one that is printed on purpose, and void once it is used. */
  private static final Pattern PRINTED =
      Pattern.compile("makes an administrator, once, at /login: tms_[A-Za-z0-9_-]{43} ");

  private static final String OWNER_ONLY = "rw-------";

  private final Path data;
  private final Map<String, String> secrets = new LinkedHashMap<>();
  private final List<Path> homes = new ArrayList<>();
  private final List<String> leaks = new ArrayList<>();

  /**
   * Knows what is in the folder of secrets, and every private key.
   *
   * @param data the folder of a demo, which is running or has run
   */
  SecretScan(Path data) throws IOException {
    this.data = data;
    for (Path file : files(data)) {
      if (file.startsWith(data.resolve("secrets"))) {
        homes.add(file);
        String secret = text(file).strip();
        know(file.getFileName().toString(), secret);
        if (secret.startsWith("tmt_")) {
          know("the secret of " + file.getFileName(), EnrolmentToken.parse(secret).secretText());
        }
      } else if (isHomeOfKey(file)) {
        homes.add(file);
        for (MatchResult key : PEM_KEY.matcher(text(file)).results().toList()) {
          know("the key in " + data.relativize(file), key.group(1));
        }
      }
    }
  }

  private static boolean isHomeOfKey(Path file) {
    String name = file.getFileName().toString();
    return file.toString().contains("/identity/")
        && (name.equals("credential.pem") || name.endsWith(".key"));
  }

  /** One more to look for. */
  void know(String name, String secret) {
    secrets.put(name, secret);
  }

  /** How many it looks for. */
  int known() {
    return secrets.size();
  }

  /** Looks through the command lines of these processes and of all that they have started. */
  void lookAtCommandLines(Set<Long> pids) throws IOException {
    for (long pid : pids) {
      Path line = Path.of("/proc/" + pid + "/cmdline");
      look("the command line of " + pid, Files.readString(line).replace('\0', ' '), "");
    }
  }

  /** Looks through what a program has said. */
  void lookAt(String where, String text) {
    look(where, text, "");
  }

  /** Looks through all files, and at who may read those that are the secrets' own. */
  void lookAtFiles() throws IOException {
    for (Path file : files(data)) {
      boolean isHome = homes.contains(file);
      String where = data.relativize(file).toString();
      if (isHome) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        if (!mode.equals(OWNER_ONLY)) {
          leaks.add(where + " can be read by others: " + mode);
        }
      }
      look(where, text(file), isHome ? text(file) : "");
    }
  }

  /**
   * @param own what may be there
   */
  private void look(String where, String text, String own) {
    String left = PRINTED.matcher(text).replaceAll("");
    secrets.forEach(
        (name, secret) -> {
          if (left.contains(secret) && !own.contains(secret)) {
            leaks.add(where + " has " + name);
          }
        });
    if (own.isEmpty()) {
      LOOKS_SECRET
          .matcher(left)
          .results()
          .forEach(found -> leaks.add(where + " has what looks like a secret: " + begin(found)));
    }
  }

  /** Enough to find it by, and no more: this is in the log of the tests. */
  private static String begin(MatchResult found) {
    return found.group().substring(0, Math.min(14, found.group().length())) + "...";
  }

  /** What was found; empty if nothing was. */
  List<String> leaks() {
    return List.copyOf(leaks);
  }

  /** The store of a demo that runs may take files away meanwhile. */
  private static List<Path> files(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException problem)
              throws IOException {
            if (problem instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw problem;
          }
        });
    return files;
  }

  /** Every byte a character, whatever the file is. */
  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }
}
