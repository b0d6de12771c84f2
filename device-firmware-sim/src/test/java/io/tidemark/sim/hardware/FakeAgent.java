package io.tidemark.sim.hardware;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Has an agent's commands, and a journal that is a number: five more readings each time it runs;
 * one that is moved aside ends its epoch. In a jar of its own it is what {@link HardwareAgent}
 * starts. Its name says what goes wrong with it.
 */
public final class FakeAgent {
  /** The epoch of its journal. */
  public static final long EPOCH = 77;

  private static final int READINGS = 5;

  private FakeAgent() {}

  /** Makes its jar. */
  public static Path jar(Path folder) throws IOException {
    Path jar = folder.resolve("agent.jar");
    String name = FakeAgent.class.getName().replace('.', '/') + ".class";
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, FakeAgent.class.getName());
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.putNextEntry(new JarEntry(name));
      out.write(FakeAgent.class.getResourceAsStream("FakeAgent.class").readAllBytes());
    }
    return jar;
  }

  /** COMMAND --config FILE ... */
  public static void main(String[] arguments) throws Exception {
    Path config = Path.of(arguments[List.of(arguments).indexOf("--config") + 1]);
    String device = Files.readAllLines(config).get(0).substring("device: ".length());
    Path journal = config.resolveSibling("journal").resolve("journal.db");
    switch (arguments[0]) {
      case "config" -> {
        if (device.contains("refused")) {
          System.err.println("no device may be called so");
          System.exit(1);
        }
      }
      case "run" -> {
        if (device.contains("dying")) {
          System.exit(3);
        }
        if (device.contains("crashing")) {
          Runtime.getRuntime()
              .addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(5), "crash"));
        }
        Files.createDirectories(journal.getParent());
        Files.writeString(journal, Integer.toString(count(journal) + READINGS));
        new CountDownLatch(1).await(); // until it is told to end
      }
      case "enroll" -> {
        Path credential = config.resolveSibling("journal").resolve("identity/credential.pem");
        Files.createDirectories(credential.getParent());
        Files.writeString(credential, arguments[3] + " " + arguments[4]);
      }
      default -> {
        if (device.contains("mute")) {
          System.err.println("its journal is locked");
          System.exit(1);
        }
        boolean another = Files.exists(journal.resolveSibling("journal.db.corrupt-1"));
        System.out.printf(
            "[{\"device\":\"%s\",\"epoch\":%d,\"nextSequence\":%d,\"oldestKept\":0,\"waiting\":1,\"dropped\":2,\"setAside\":0,\"undeclared\":1}]%n",
            device, another ? EPOCH + 1 : EPOCH, count(journal));
      }
    }
  }

  private static int count(Path journal) throws IOException {
    return Files.exists(journal) ? Integer.parseInt(Files.readString(journal)) : 0;
  }
}
