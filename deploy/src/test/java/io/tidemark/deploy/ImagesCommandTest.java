package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.images.ImageBuild;
import io.tidemark.deploy.pipeline.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./tidemark images} asks of a container engine, which here only notes it. */
class ImagesCommandTest {
  @TempDir Path folder;

  @Test
  void theEngineIsToldWhatTheCommandWas() throws Exception {
    Launcher.Run run =
        images("--base", "b:1", "--jdk", "j:2", "--platform", "linux/arm64", "--tag", "t", "sim");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(asked().get(0))
        .startsWith("build --file deploy/images/Containerfile --target sim --platform linux/arm64")
        .contains("--build-arg BASE=b:1 --build-arg JDK=j:2")
        .contains("--label org.opencontainers.image.version=" + version())
        .endsWith("--tag tidemark/sim:t .");
    assertThat(asked()).contains("with BuildKit: 1");
    assertThat(run.out().lines().skip(1))
        .containsExactly("tidemark/sim         t                    123 MB  linux/arm64");
  }

  @Test
  void unlessToldOtherwiseAllAreBuiltOfWhatTheContainerfileNames() throws Exception {
    Launcher.Run run = images("--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(asked()).noneMatch(line -> line.contains("--format docker"));
    List<String> builds = asked().stream().filter(line -> line.startsWith("build")).toList();
    String tag = ":%s .".formatted(version());
    assertThat(builds).hasSize(5).noneMatch(line -> line.contains("--build-arg"));
    assertThat(builds).allMatch(line -> line.endsWith(tag));
    JsonNode built = Json.lastLine(run.out());
    assertThat(built.findValuesAsText("name"))
        .containsExactlyElementsOf(ImageBuild.NAMES.stream().map("tidemark/"::concat).toList());
    assertThat(built.path(4).path("bytes").asLong()).isEqualTo(123_456_789);
    assertThat(built.path(4).path("platform").asText()).isEqualTo("linux/arm64");
  }

  @Test
  void podmanIsToldToKeepTheHealthCheck() throws Exception {
    Launcher.Run run = images("--engine", "podman", "gateway");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(asked().get(0))
        .startsWith("podman build ")
        .contains(" --target gateway --format docker ");
  }

  @Test
  void whatIsWrongIsNamed() throws Exception {
    assertThat(images("router").err())
        .contains("NAME must be one of gateway, ingest, agent, sim, tidemark, but is router");
    assertThat(images("--platform", "linux/mips").err()).contains("--platform must be one of");
    assertThat(images("--engine", "lxc").exitCode()).isEqualTo(64);
    Launcher.Run failed = images("--tag", "broken", "agent");
    assertThat(failed.exitCode()).isEqualTo(2);
    assertThat(failed.err())
        .contains("no space left", "tidemark/agent:broken could not be built: ");
  }

  private Launcher.Run images(String... arguments) throws Exception {
    Path docker = engine("docker", "");
    engine("podman", "podman ");
    List<String> command = new ArrayList<>(List.of("images"));
    command.addAll(List.of(arguments));
    Map<String, String> environment =
        Map.of("TIDEMARK_DOCKER", docker.toString(), "PATH", folder + ":" + System.getenv("PATH"));
    Process process = Launcher.start(environment, command.toArray(String[]::new));
    return Launcher.finish(process, String.join(" ", command));
  }

  private Path engine(String name, String noted) throws Exception {
    Path program = folder.resolve(name);
    Files.writeString(
        program,
        """
        #!/bin/sh
        echo "%1$s$*" >>'%2$s/asked'
        echo "with BuildKit: $DOCKER_BUILDKIT" >>'%2$s/asked'
        case "$*" in
          *broken*) echo no space left >&2; exit 1 ;;
          image*) echo 123456789 linux/arm64 ;;
          *) echo built ;;
        esac
        """
            .formatted(noted, folder));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return program;
  }

  private List<String> asked() throws Exception {
    return Files.readAllLines(folder.resolve("asked"));
  }

  private static String version() throws Exception {
    return ImageBuild.version(Launcher.HERE.home());
  }
}
