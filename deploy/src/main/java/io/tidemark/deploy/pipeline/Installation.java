package io.tidemark.deploy.pipeline;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A built checkout: where its programs are and how they are run. A jar {@code X.jar} with a newer
 * {@code X.jsa} beside it is run with that archive of its classes (class data sharing, JEP 310),
 * which halves what a start costs. {@code deploy/archive-classes} makes them.
 *
 * @param home the checkout
 */
public record Installation(Path home) {
  /** Set while archives are made: programs list the classes that they load, as X.classes. */
  private static final boolean LISTING = Boolean.getBoolean("tidemark.list-classes");

  /**
   * The one this program belongs to: as the launcher says, else the working folder or the one above
   * it.
   */
  public static Installation find() {
    String told = System.getProperty("tidemark.home");
    if (told != null) {
      return new Installation(Path.of(told).toAbsolutePath());
    }
    Path here = Path.of("").toAbsolutePath();
    for (Path folder = here; folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve("tidemark"))
          && Files.isDirectory(folder.resolve("telemetry-wire"))) {
        return new Installation(folder);
      }
    }
    throw new IllegalStateException(
        "no Tidemark checkout at or above "
            + here
            + ": start this with ./tidemark, or set -Dtidemark.home");
  }

  /** The command that runs a built jar on this JVM. */
  public List<String> java(String jar, List<String> jvmOptions, String... arguments) {
    return command(jar, jvmOptions, false, arguments);
  }

  /**
   * The same for what a jar is chiefly for: the first one lists its classes, if that is asked for.
   */
  List<String> service(String jar, List<String> jvmOptions, String... arguments) {
    return command(jar, jvmOptions, LISTING, arguments);
  }

  private List<String> command(
      String jar, List<String> jvmOptions, boolean listing, String... arguments) {
    Path path = home.resolve(jar);
    if (!Files.exists(path)) {
      throw new IllegalStateException(path + " is missing: build first, with ./tidemark build");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(
        "-XX:+ExitOnOutOfMemoryError"); // a process that lingers without memory helps nobody
    String name = path.toString().replaceFirst("\\.jar$", "");
    Path archive = Path.of(name + ".jsa");
    Path list = Path.of(name + ".classes");
    if (listing && !Files.exists(list)) {
      command.add("-XX:DumpLoadedClassList=" + list);
    } else if (archive.toFile().lastModified() > path.toFile().lastModified()) {
      command.add("-XX:SharedArchiveFile=" + archive);
      command.add("-Xlog:cds=off"); // made for another JVM it is no trouble, only of no use
    }
    command.addAll(jvmOptions);
    command.add("-jar");
    command.add(path.toString());
    command.addAll(List.of(arguments));
    return command;
  }
}
