package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk for a gateway, full, with room again, standing still, and gone. */
class OwnDisksTest {
  private static final List<String> ONE = List.of("g1");

  @TempDir private Path folder;

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  @Test
  void whatIsFullTakesNothingAndWhatStandsStillTakesItLater() throws Exception {
    if (!isRoot()) {
      assertThatThrownBy(() -> OwnDisks.make(folder, ONE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("need root");
      return;
    }
    Path data;
    try (OwnDisks disks = OwnDisks.make(folder, ONE)) {
      data = disks.dataFolder("g1", folder.resolve("gateway-g1"));
      assertThat(OwnDisks.areIn(folder)).isTrue();
      assertThat(Pipeline.gatewaysIn(folder)).isEqualTo(1);
      Files.createDirectory(data);
      Files.writeString(data.resolve("before"), "entry");

      disks.fill("g1");
      assertThatThrownBy(() -> Files.writeString(data.resolve("no room"), "entry"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left on device");
      disks.makeRoom("g1");
      disks.snapshot("g1"); // as a power cut at this moment would leave it
      disks.restore("g1");
      Files.writeString(data.resolve("room"), "entry");

      disks.stall("g1");
      CompletableFuture<Path> writing =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return Files.writeString(data.resolve("later"), "entry");
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(writing).as("waits").isNotDone();
      disks.resume("g1");
      assertThat(writing.get(60, TimeUnit.SECONDS)).hasContent("entry");
      disks.stall("g1");
    }
    assertThat(data).as("unmounted, though it stood still").doesNotExist();
    assertThat(OwnDisks.areIn(folder)).as("the image is kept").isTrue();
  }

  @Test
  void whatCannotBeMadeSaysWhatItNeedsAndLeavesNothingMounted() throws IOException {
    // The first disk is in use when the second one is made; without root it is not even mounted.
    assertThatThrownBy(() -> OwnDisks.make(folder, List.of("g1", "g1")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("need root, e2fsprogs and util-linux");
    assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(folder.toString());
  }
}
