package io.tidemark.deploy.images;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Builds images of a checkout that is built, with a container engine's command line. Used by one
 * thread.
 *
 * @param home the checkout
 * @param engine the engine's program
 * @param base what images are based on; null for the default, which the Containerfile names
 * @param jdk the image with the JDK that the runtime is linked from; null for the default
 * @param platform as in {@code linux/arm64}; null for the engine's own
 * @param tag of the images
 */
public record ImageBuild(
    Path home,
    String engine,
    @Nullable String base,
    @Nullable String jdk,
    @Nullable String platform,
    String tag) {
  /** What can be built, in this order. */
  public static final List<String> NAMES = List.of("gateway", "ingest", "agent", "sim", "tidemark");

  private static final Pattern VERSION =
      Pattern.compile("<artifactId>tidemark</artifactId>\\s*<version>([^<]+)</version>");
  private static final Pattern INSPECTED = Pattern.compile("(\\d+) (\\S+)");

  /** An image that was built. */
  public record Image(String name, String tag, long bytes, String platform) {}

  /** The version of a checkout, of which images are tagged unless told otherwise. */
  public static String version(Path home) throws IOException {
    Matcher version = VERSION.matcher(Files.readString(home.resolve("pom.xml")));
    if (!version.find()) {
      throw new IOException(home.resolve("pom.xml") + " does not say which version this is");
    }
    return version.group(1);
  }

  /**
   * Builds one; what the engine says goes to standard error.
   *
   * @param name one of {@link #NAMES}
   * @throws IOException if it could not be built
   */
  public Image build(String name) throws IOException, InterruptedException {
    String image = "tidemark/" + name + ":" + tag;
    List<String> command =
        new ArrayList<>(
            List.of(engine, "build", "--file", "deploy/images/Containerfile", "--target", name));
    // Podman's own format has no HEALTHCHECK.
    addOption(command, "--format", engine.equals("podman") ? "docker" : null);
    addOption(command, "--platform", platform);
    addOption(command, "--build-arg", base == null ? null : "BASE=" + base);
    addOption(command, "--build-arg", jdk == null ? null : "JDK=" + jdk);
    addOption(command, "--label", "org.opencontainers.image.version=" + version(home));
    String revision = revision();
    addOption(
        command,
        "--label",
        revision == null ? null : "org.opencontainers.image.revision=" + revision);
    addOption(command, "--tag", image);
    command.add(".");
    Process build = started(command, true);
    if (build.waitFor() != 0) {
      throw new IOException(
          "%s could not be built: %s".formatted(image, String.join(" ", command)));
    }
    return inspect(name, image);
  }

  private static void addOption(List<String> command, String name, @Nullable String value) {
    if (value != null) {
      command.add(name);
      command.add(value);
    }
  }

  private Image inspect(String name, String image) throws IOException, InterruptedException {
    Process inspect =
        started(
            List.of(
                engine,
                "image",
                "inspect",
                "--format",
                "{{.Size}} {{.Os}}/{{.Architecture}}",
                image),
            false);
    String said = new String(inspect.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher parts = INSPECTED.matcher(said.strip());
    if (inspect.waitFor() != 0 || !parts.matches()) {
      throw new IOException("%s was built, but %s says of it: %s".formatted(image, engine, said));
    }
    return new Image("tidemark/" + name, tag, Long.parseLong(parts.group(1)), parts.group(2));
  }

  /** The commit that is checked out; null if files differ from it, or that is not known. */
  private @Nullable String revision() throws InterruptedException {
    try {
      Process status = started(List.of("git", "status", "--porcelain"), false);
      String changed = new String(status.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Process head = started(List.of("git", "rev-parse", "HEAD"), false);
      String commit = new String(head.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean known = status.waitFor() == 0 && head.waitFor() == 0;
      return known && changed.isBlank() ? commit.strip() : null;
    } catch (IOException noGit) {
      return null;
    }
  }

  /** In the checkout; its errors, or all that it says, go to our standard error. */
  private Process started(List<String> command, boolean shown) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(shown ? toStandardError(command) : command).directory(home.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    if (platform != null) {
      // Docker's builder of old calls what is made from scratch the engine's own platform.
      builder.environment().put("DOCKER_BUILDKIT", "1");
    }
    if (shown) {
      builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
    }
    return builder.start();
  }

  private static List<String> toStandardError(List<String> command) {
    List<String> redirected = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" >&2", "sh"));
    redirected.addAll(command);
    return redirected;
  }
}
