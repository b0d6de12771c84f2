package io.tidemark.agent.sensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks at buses as they are named in /dev and /sys; behind the name is a simulated one. */
class FinderTest {
  @TempDir private Path root;

  @Test
  void whatIsOnTheBusesIsFoundAsTheConfigurationWritesIt() throws Exception {
    Files.createDirectories(root.resolve("dev"));
    Files.createFile(root.resolve("dev/i2c-1"));
    Files.createDirectories(root.resolve("sys/bus/w1/devices/28-0316a2795bff"));
    Files.createDirectories(root.resolve("sys/bus/w1/devices/w1_bus_master1"));
    Finder.Sight sight = new Finder(root, Bus::simulated).look();
    assertThat(sight.found())
        .containsExactly(
            new Finder.Found("bme280", "1", "0x76"),
            new Finder.Found("bme280", "1", "0x77"),
            new Finder.Found("ds18b20", "w1", "28-0316a2795bff"));
    assertThat(sight.problems()).isEmpty();
  }

  @Test
  void aBoardWithoutABusSaysHowToGetOne() {
    Finder.Sight sight = new Finder(root, Bus::simulated).look();
    assertThat(sight.found()).isEmpty();
    assertThat(sight.problems()).singleElement().asString().contains("do_i2c 0");
  }

  @Test
  void aBusThatCannotBeUsedIsAProblemAndNoMore() throws Exception {
    Files.createDirectories(root.resolve("dev"));
    Files.createFile(root.resolve("dev/i2c-3"));
    Finder.Sight sight =
        new Finder(
                root,
                number -> {
                  throw new IllegalStateException("no natives");
                })
            .look();
    assertThat(sight.found()).isEmpty();
    assertThat(sight.problems()).singleElement().asString().contains("bus 3", "no natives");
  }
}
