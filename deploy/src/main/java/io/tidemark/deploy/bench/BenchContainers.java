package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.images.HardenedRun;
import io.tidemark.deploy.images.Health;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Containers of our images, as docs/containers.md has them run, by the command line of Docker;
 * {@code TIDEMARK_DOCKER} says which. Each is known to the others by its image's name. Used by one
 * thread; another may close it at any time, and then the first one does no more.
 */
final class BenchContainers implements AutoCloseable {
  private static final Pattern MEMORY = Pattern.compile("([0-9.]+)\\s*([kKMG]?i?B) /.*");
  private static final Map<String, Long> UNITS =
      Map.of(
          "B",
          1L,
          "KIB",
          1L << 10,
          "MIB",
          1L << 20,
          "GIB",
          1L << 30,
          "KB",
          1_000L,
          "MB",
          1_000_000L,
          "GB",
          1_000_000_000L);

  private static final Duration START_LIMIT = Duration.ofMinutes(3);

  /** Ctrl-C is for us, who then have what was begun removed: not for what is about to begin it. */
  private static final List<String> UNINTERRUPTED =
      List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh");

  private final String docker = System.getenv().getOrDefault("TIDEMARK_DOCKER", "docker");
  private final String network =
      "tidemark-bench-%06x".formatted(ThreadLocalRandom.current().nextInt(1 << 24));
  private final String tag;
  private final ReentrantLock asking = new ReentrantLock();
  private final Path folder;
  private boolean networked;
  private boolean closed;

  /**
   * One container.
   *
   * @param image {@code gateway} of {@code tidemark/gateway}
   * @param memoryMebibytes its limit
   * @param options of {@code docker run}
   * @param arguments of the image
   * @param said what it says once it has started; empty if its health says so
   */
  record Plan(
      String image,
      int memoryMebibytes,
      List<String> options,
      List<String> arguments,
      String said) {}

  private BenchContainers(String tag, Path folder) {
    this.tag = tag;
    this.folder = folder;
  }

  /** Prepares them: none runs yet. They end with this process, unless that is killed. */
  static BenchContainers prepare(String tag) throws IOException {
    BenchContainers containers = new BenchContainers(tag, BenchFolder.create(Installation.find()));
    Runtime.getRuntime().addShutdownHook(new Thread(containers::closeForGood));
    return containers;
  }

  /** Ctrl-C does not reach containers. Nothing is begun any more while this process ends. */
  private void closeForGood() {
    asking.lock();
    try {
      close();
    } catch (IOException | InterruptedException e) {
      System.err.println("containers named " + network + "-* may be left: " + e.getMessage());
    }
  }

  /** A file that all can read, to be given to one. */
  Path file(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private String docker(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(UNINTERRUPTED);
    command.add(docker);
    command.addAll(List.of(arguments));
    asking.lockInterruptibly();
    try {
      Tool tool = Tool.run(command);
      if (tool.exitCode() != 0) {
        throw new IOException(
            "docker %s failed: %s".formatted(String.join(" ", arguments), tool.said().strip()));
      }
      return tool.said().strip();
    } finally {
      asking.unlock();
    }
  }

  /**
   * Returns if all images are there.
   *
   * @throws IOException that says which is not, and what to do
   */
  void require(List<String> images) throws IOException, InterruptedException {
    for (String image : images) {
      try {
        long unused = bytes(image);
      } catch (IOException e) {
        throw new IOException(
            "there is no image tidemark/%s:%s: build it with ./tidemark images (%s)"
                .formatted(image, tag, e.getMessage()),
            e);
      }
    }
  }

  /** Bytes of an image. */
  long bytes(String image) throws IOException, InterruptedException {
    return Long.parseLong(
        docker("image", "inspect", "--format={{.Size}}", "tidemark/" + image + ":" + tag));
  }

  /** Starts one, and returns after how many seconds it had started. */
  double start(Plan plan) throws IOException, InterruptedException {
    String container = container(plan.image());
    List<String> options =
        new ArrayList<>(
            List.of(
                "--detach",
                "--label=" + label(),
                "--name=" + container,
                "--network=" + network(),
                "--network-alias=" + plan.image(),
                "--memory=%dm".formatted(plan.memoryMebibytes())));
    if (plan.said().isEmpty()) {
      options.addAll(List.of("--health-interval=1s", "--health-timeout=20s"));
    }
    options.addAll(plan.options());
    String unused =
        docker(
            HardenedRun.command(
                "run",
                options,
                "tidemark/" + plan.image() + ":" + tag,
                plan.arguments().toArray(String[]::new)));
    Started started = new Started(plan);
    Waiting.patiently(
        START_LIMIT, () -> started.look(), () -> "%s has not started yet".formatted(container));
    return started.seconds;
  }

  private String container(String image) {
    return network + "-" + image;
  }

  /**
   * Memory of one, as the engine counts it against its limit: with a health check that is just
   * running, and without what the kernel only keeps as it has room.
   */
  long memoryBytes(String image) throws IOException, InterruptedException {
    return bytesOf(docker("stats", "--no-stream", "--format={{.MemUsage}}", container(image)));
  }

  /** Memory of what one is there for (RSS): without its health check. */
  long residentBytes(String image) throws IOException, InterruptedException {
    return residentBytesOf(docker("top", container(image), "-o", "pid,rss,args"));
  }

  /** The sum of what {@code docker top} says, a line each, as in {@code 17 61536 java -jar X}. */
  static long residentBytesOf(String processes) throws IOException {
    long kibibytes = 0;
    for (String line : processes.lines().skip(1).toList()) {
      String[] words = line.strip().split("\\s+", 3);
      if (words.length < 3) {
        throw new IOException("the engine says of a container's processes: " + processes);
      }
      if (!words[2].contains(Health.class.getName())) {
        kibibytes += Long.parseLong(words[1]);
      }
    }
    return kibibytes << 10;
  }

  /** The first of what {@code docker stats} says, as in {@code 12.5MiB / 512MiB}. */
  static long bytesOf(String usage) throws IOException {
    Matcher parts = MEMORY.matcher(usage.strip());
    Long unit = parts.matches() ? UNITS.get(parts.group(2).toUpperCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new IOException("the engine says of a container's memory: " + usage);
    }
    return Math.round(Double.parseDouble(parts.group(1)) * unit);
  }

  private String network() throws IOException, InterruptedException {
    if (!networked) {
      networked = true;
      String unused = docker("network", "create", "--label=" + label(), network);
    }
    return network;
  }

  private String label() {
    return "io.tidemark.bench=" + network;
  }

  /** Ends and removes all of them. */
  void removeAll() throws IOException, InterruptedException {
    remove(List.of("ps", "--all"), "rm", "--force", "--volumes");
  }

  /** Removes what has our label: also what somebody was interrupted in beginning. */
  private void remove(List<String> list, String... removal)
      throws IOException, InterruptedException {
    List<String> listing = new ArrayList<>(list);
    listing.addAll(List.of("--quiet", "--filter=label=" + label()));
    List<String> ids = docker(listing.toArray(String[]::new)).lines().toList();
    if (!ids.isEmpty()) {
      List<String> command = new ArrayList<>(List.of(removal));
      command.addAll(ids);
      String unused = docker(command.toArray(String[]::new));
    }
  }

  /** Removes all of them, their network and files. */
  @Override
  public void close() throws IOException, InterruptedException {
    asking.lockInterruptibly();
    try {
      if (!closed) {
        closed = true;
        removeEverything();
      }
    } finally {
      asking.unlock();
    }
  }

  private void removeEverything() throws IOException, InterruptedException {
    try {
      if (networked) {
        removeAll();
        remove(List.of("network", "ls"), "network", "rm");
      }
    } finally {
      Folders.delete(folder);
    }
  }

  /** When a container had started. */
  private final class Started {
    private final Plan plan;
    private double seconds;

    Started(Plan plan) {
      this.plan = plan;
    }

    /** True once it had. */
    boolean look() throws IOException, InterruptedException {
      String container = container(plan.image());
      JsonNode state =
          new ObjectMapper().readTree(docker("inspect", "--format={{json .State}}", container));
      String logs = docker("logs", "--timestamps", container);
      if (!state.path("Running").asBoolean()) {
        throw new IOException(container + " has ended: " + logs);
      }
      String when = plan.said().isEmpty() ? firstHealthy(state) : firstSaid(logs);
      if (when.isEmpty()) {
        return false;
      }
      seconds =
          Duration.between(
                      OffsetDateTime.parse(state.path("StartedAt").asText()),
                      OffsetDateTime.parse(when))
                  .toNanos()
              / 1e9;
      return true;
    }

    private static String firstHealthy(JsonNode state) {
      for (JsonNode look : state.path("Health").path("Log")) {
        if (look.path("ExitCode").asInt(1) == 0) {
          return look.path("End").asText();
        }
      }
      return "";
    }

    private String firstSaid(String logs) {
      return logs.lines()
          .filter(line -> line.contains(plan.said()))
          .map(line -> line.substring(0, line.indexOf(' ')))
          .findFirst()
          .orElse("");
    }
  }
}
