package io.tidemark.deploy.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A Debian system of a test's own, booted with systemd in namespaces, in the network of this JVM,
 * which has one of its own too ({@code ./tidemark test --device}). Used by one thread.
 */
final class Machine implements AutoCloseable {
  private static final Path HOME = Installation.find().home();
  private static final Duration PATIENCE = Duration.ofMinutes(5); // the emulated ones are slow

  /**
   * A system in namespaces of its own, without systemd: enough of {@code /dev} for Java, and an I2C
   * bus, which is a file. It ends with its first process.
   */
  private static final String ENTER =
      """
      mount --make-rprivate /
      mount --bind "$1" "$1"
      cd "$1"
      mount -t proc proc proc
      mount -t tmpfs tmpfs sys
      mkdir -p sys/bus/i2c/devices/i2c-1
      mount -t tmpfs -o mode=755 tmpfs dev
      mknod -m 666 dev/null c 1 3
      mknod -m 666 dev/zero c 1 5
      mknod -m 666 dev/random c 1 8
      mknod -m 666 dev/urandom c 1 9
      ln -s /proc/self/fd dev/fd
      : >dev/i2c-1
      mount --move . /
      exec chroot . sleep infinity
      """;

  private final ChildProcess container;
  private final Path root;
  private final long init;

  private Machine(ChildProcess container, Path root, long init) {
    this.container = container;
    this.root = root;
    this.init = init;
  }

  /** What a command came to, and said. */
  record Run(int exitCode, String said) {}

  /** How one comes to be, of a name. */
  interface Maker {
    Machine make(String name) throws IOException, InterruptedException;
  }

  /** Unpacks one and boots it. */
  static Machine boot(String name) throws IOException, InterruptedException {
    Path root = unpack(name, "device");
    return start(
        root,
        List.of(
            "systemd-nspawn",
            "--quiet",
            "--boot",
            "--directory=" + root,
            "--machine=tidemark-" + name,
            "--register=no",
            "--keep-unit",
            "--console=pipe"),
        Machine::isUp);
  }

  /**
   * Unpacks one of arm64, whose programs are emulated. It has an I2C bus ({@code /dev/i2c-1}) and
   * no systemd: nothing runs in it but what a test starts.
   */
  static Machine emulated(String name) throws IOException, InterruptedException {
    Path root = unpack(name, "device-arm64");
    return start(
        root,
        List.of(
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-euc",
            ENTER,
            "sh",
            root.toString()),
        init -> run(inside(init, "test", "-e", "/dev/i2c-1")).exitCode() == 0);
  }

  private static Path unpack(String name, String system) throws IOException, InterruptedException {
    String tars = System.getenv("TIDEMARK_CONTAINERS");
    if (tars == null) {
      throw new IllegalStateException(
          "tests on devices need namespaces of their own: run ./tidemark test --device");
    }
    Path folder = HOME.resolve("deploy/target/device").resolve(name);
    succeed(List.of("rm", "-rf", folder.toString()));
    Path root = Files.createDirectories(folder.resolve("root"));
    succeed(
        List.of("tar", "-xf", Path.of(tars, system + ".tar").toString(), "-C", root.toString()));
    return root;
  }

  /** Whether a system is there, by its first process. */
  private interface Readiness {
    boolean isUp(long init) throws IOException, InterruptedException;
  }

  private static Machine start(Path root, List<String> command, Readiness readiness) {
    ChildProcess container =
        new ChildProcess("machine", Objects.requireNonNull(root.getParent()), Map.of(), command);
    container.start();
    try {
      Awaitility.await("the system is up")
          .atMost(PATIENCE)
          .until(
              () -> {
                assertThat(container.isAlive()).as(container.logTail()).isTrue();
                return init(container) > 0 && readiness.isUp(init(container));
              });
      return new Machine(container, root, init(container));
    } catch (RuntimeException | Error e) {
      end(container);
      throw e;
    }
  }

  private static long init(ChildProcess container) {
    return ProcessHandle.of(container.pid()).stream()
        .flatMap(ProcessHandle::children)
        .mapToLong(ProcessHandle::pid)
        .findFirst()
        .orElse(0);
  }

  private static boolean isUp(long init) throws IOException, InterruptedException {
    String state = run(inside(init, "systemctl", "is-system-running")).said().strip();
    return state.equals("running") || state.equals("degraded");
  }

  private static List<String> inside(long init, String... command) {
    List<String> words =
        new ArrayList<>(
            List.of("nsenter", "-t", Long.toString(init), "-m", "-u", "-i", "-n", "-p", "-C"));
    words.addAll(List.of("--wdns=/", "env", "-i", "HOME=/root", "LC_ALL=C.UTF-8"));
    words.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    words.addAll(List.of(command));
    return words;
  }

  private static Run run(List<String> command) throws IOException, InterruptedException {
    Path said = Files.createTempFile("machine", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(said.toFile())
              .start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(command + " did not end: " + Files.readString(said));
      }
      return new Run(process.exitValue(), Files.readString(said));
    } finally {
      Files.delete(said);
    }
  }

  /** Runs a command as root, however it ends. */
  Run tryRun(String... command) throws IOException, InterruptedException {
    return run(inside(init, command));
  }

  /** Runs a command as root, which has to succeed; returns what it said. */
  String run(String... command) throws IOException, InterruptedException {
    return succeed(inside(init, command));
  }

  private static String succeed(List<String> command) throws IOException, InterruptedException {
    Run run = run(command);
    assertThat(run.exitCode()).as("%s: %s", String.join(" ", command), run.said()).isZero();
    return run.said().strip();
  }

  /** Runs lines of shell, which have to succeed; returns what they said. */
  String shell(String lines) throws IOException, InterruptedException {
    return run("sh", "-ec", lines);
  }

  /** Starts a program that goes on, as root; its logs are beside the machine. It ends with it. */
  ChildProcess spawn(String name, String... command) {
    ChildProcess process =
        new ChildProcess(
            name, Objects.requireNonNull(root.getParent()), Map.of(), inside(init, command));
    process.start();
    return process;
  }

  /** Compiles C of the tests' own for arm64, to be preloaded by programs of the machine's. */
  String preloaded(String source) throws IOException, InterruptedException {
    String library = "/usr/lib/" + source.replaceFirst("\\.c$", ".so");
    Run compiled =
        run(
            List.of(
                "aarch64-linux-gnu-gcc",
                "-std=gnu11",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-shared",
                "-fPIC",
                "-o",
                file(library).toString(),
                HOME.resolve("deploy/src/test/device").resolve(source).toString()));
    assertThat(compiled.exitCode()).as(compiled.said()).isZero();
    return library;
  }

  /** A property of a unit, as systemd has it. */
  String property(String unit, String name) throws IOException, InterruptedException {
    return run("systemctl", "show", "--property=" + name, "--value", unit);
  }

  /** Where a file of the machine is for this JVM. */
  Path file(String path) {
    return root.resolve(path.substring(1));
  }

  /** Writes a file, with the folders it takes. */
  void write(String path, String text) throws IOException {
    Files.createDirectories(file(path).getParent());
    Files.writeString(file(path), text, StandardCharsets.UTF_8);
  }

  /** Takes a package of the build along; returns where it is. */
  String bring(String name) throws IOException {
    try (Stream<Path> built = Files.list(HOME.resolve("deploy/target"))) {
      Path newest =
          built
              .filter(file -> file.getFileName().toString().matches(name + "_.*_all\\.deb"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("no package " + name + " was built"));
      Files.copy(newest, file("/root/" + name + ".deb"), StandardCopyOption.REPLACE_EXISTING);
    }
    return "/root/" + name + ".deb";
  }

  /**
   * Installs a package as an administrator would, without a network; one who has a folder for
   * temporary files that nobody else may enter, as libpam-tmpdir makes them.
   */
  void install(String deb) throws IOException, InterruptedException {
    shell(
        "install -d -m 0700 /root/tmp && TMPDIR=/root/tmp DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "
            + deb);
  }

  /** The same package in another version. */
  String version(String deb, String version) throws IOException, InterruptedException {
    String made = deb.replace(".deb", "-" + version + ".deb");
    shell(
        "rm -rf /root/unpacked && dpkg-deb -R %s /root/unpacked && sed -i 's/^Version: .*/Version: %s/' /root/unpacked/DEBIAN/control && dpkg-deb -Znone -b /root/unpacked %s"
            .formatted(deb, version, made));
    return made;
  }

  /** Tries an upgrade to a package that does not let itself be installed, and so fails. */
  void failToUpgrade(String deb) throws IOException, InterruptedException {
    String broken = version(deb, "0.1.9");
    shell(
        """
        printf '#!/bin/sh\\nexit 1\\n' >/root/unpacked/DEBIAN/preinst
        chmod 755 /root/unpacked/DEBIAN/preinst
        dpkg-deb -Znone -b /root/unpacked %s
        """
            .formatted(broken));
    assertThat(tryRun("dpkg", "-i", broken).exitCode()).as("the upgrade").isNotZero();
  }

  @Override
  public void close() throws InterruptedException {
    end(container);
  }

  /** Killing its first process ends all the others, and then the container itself. */
  private static void end(ChildProcess container) {
    ProcessHandle.of(init(container)).ifPresent(ProcessHandle::destroyForcibly);
    try {
      if (!container.waitFor(Duration.ofSeconds(20))) {
        container.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
