package io.tidemark.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.tidemark.deploy.images.ImageBuild;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidemark images}. */
@Command(
    name = "images",
    mixinStandardHelpOptions = true,
    description =
        "Builds container images of this checkout: tidemark/gateway, tidemark/ingest,"
            + " tidemark/agent, tidemark/sim, and tidemark/tidemark with all of them and this"
            + " command.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark images                            all five, tagged with the project's version",
      "  ./tidemark images gateway ingest             these two",
      "  ./tidemark images --engine podman            with Podman",
      "  ./tidemark images --platform linux/arm64 agent",
      "                                               for another processor; the engine must be"
          + " able to run its programs",
      "",
      "Exit codes: 0 built, 2 could not be built, 64 usage."
    })
final class ImagesCommand implements Callable<Integer> {
  private static final List<String> LISTS =
      List.of(
          "gateway/target/quarkus-app/quarkus-run",
          "cloud-ingest/target/quarkus-app/quarkus-run",
          "edge-agent/target/edge-agent",
          "device-firmware-sim/target/tidemark-sim");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "NAME",
      description = "Which: gateway, ingest, agent, sim or tidemark. Default: all.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--base",
      paramLabel = "IMAGE",
      description = "What they are based on. Default: debian:bookworm-slim.")
  private @Nullable String base;

  @Option(
      names = "--jdk",
      paramLabel = "IMAGE",
      description =
          "Has the JDK 17 that their runtime is linked from. Default: eclipse-temurin:17-jdk.")
  private @Nullable String jdk;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      description = "linux/amd64 or linux/arm64. Default: the engine's own.")
  private @Nullable String platform;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = "docker",
      description = "docker or podman. Default: ${DEFAULT-VALUE}.")
  private String engine = "";

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      description = "Their tag. Default: the project's version.")
  private @Nullable String tag;

  @Option(names = "--json", description = "Print what was built as JSON, not as a table.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    require("--engine", engine, List.of("docker", "podman"));
    if (platform != null) {
      require("--platform", platform, List.of("linux/amd64", "linux/arm64"));
    }
    for (String name : names) {
      require("NAME", name, ImageBuild.NAMES);
    }
    Path home = Installation.find().home();
    listClasses(home);
    ImageBuild build =
        new ImageBuild(
            home, program(), base, jdk, platform, tag == null ? ImageBuild.version(home) : tag);
    List<ImageBuild.Image> built = new ArrayList<>();
    for (String name : names.isEmpty() ? ImageBuild.NAMES : names) {
      spec.commandLine().getErr().println("Building tidemark/" + name);
      built.add(build.build(name));
    }
    print(built);
    return Tidemark.CLEAN;
  }

  private void require(String what, String given, List<String> possible) {
    if (!possible.contains(given)) {
      throw new ParameterException(
          spec.commandLine(),
          "%s must be one of %s, but is %s".formatted(what, String.join(", ", possible), given));
    }
  }

  /** Where there is more than one docker, {@code TIDEMARK_DOCKER} says which. */
  private String program() {
    String told = System.getenv("TIDEMARK_DOCKER");
    return engine.equals("docker") && told != null ? told : engine;
  }

  /** What archives of classes are made of in the images; a build takes the lists away. */
  private void listClasses(Path home) throws IOException, InterruptedException {
    boolean there =
        LISTS.stream().allMatch(program -> Files.exists(home.resolve(program + ".classes")));
    if (there) {
      return;
    }
    spec.commandLine().getErr().println("Running all programs once, to see which classes they use");
    Process listing =
        new ProcessBuilder(
                home.resolve("deploy/archive-classes").toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString())
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (listing.waitFor() != 0) {
      throw new IOException("the classes that the programs use could not be listed");
    }
  }

  private void print(List<ImageBuild.Image> built) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ArrayNode list = new ObjectMapper().createArrayNode();
      built.forEach(
          image ->
              list.addObject()
                  .put("name", image.name())
                  .put("tag", image.tag())
                  .put("bytes", image.bytes())
                  .put("platform", image.platform()));
      out.println(list);
      return;
    }
    out.printf("%-20s %-18s %8s  %s%n", "image", "tag", "size", "platform");
    for (ImageBuild.Image image : built) {
      out.printf(
          "%-20s %-18s %5d MB  %s%n",
          image.name(), image.tag(), Math.round(image.bytes() / 1e6), image.platform());
    }
  }
}
