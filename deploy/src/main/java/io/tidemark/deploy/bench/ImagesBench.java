package io.tidemark.deploy.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How large each image is, how long its container takes to start, and what memory it has then. They
 * run as they are documented, in a network of their own, without security, so that nobody has to be
 * enrolled: ingest and a gateway, at first with nothing to do; an agent and twenty simulated
 * devices that send to it; and a demo with one gateway in a container. Used by one thread.
 */
public final class ImagesBench {
  private static final int DEVICES = 20;

  private final Duration idleFor;
  private final String tag;

  /**
   * Prepares it; starts nothing.
   *
   * @param idleFor how long after its start a container's memory is looked at
   * @param tag of the images
   */
  public ImagesBench(Duration idleFor, String tag) {
    this.idleFor = idleFor;
    this.tag = tag;
  }

  /**
   * Runs it to its end; leaves nothing behind, nor does it when it is interrupted.
   *
   * @throws IOException if an image is not there, or a container does not start
   */
  public ImagesBenchResult run() throws IOException, InterruptedException {
    List<ImagesBenchResult.Image> images = new ArrayList<>();
    try (BenchContainers containers = BenchContainers.prepare(tag)) {
      containers.require(List.of("ingest", "gateway", "agent", "sim", "tidemark"));
      Path config =
          containers.file(
              "agent.yaml",
              """
              device: bench
              gateways: ["tcp://gateway:1883"]
              journal: {dir: /var/lib/tidemark}
              sensors:
                - {id: air, driver: bme280, bus: simulated, interval: 1s}
              """);
      images.addAll(measure(containers, List.of(ingest(), gateway())));
      images.addAll(measure(containers, List.of(agent(config), sim())));
      containers.removeAll();
      images.addAll(measure(containers, List.of(demo())));
    }
    return new ImagesBenchResult(tag, idleFor.toSeconds(), DEVICES, images);
  }

  private static BenchContainers.Plan ingest() {
    return new BenchContainers.Plan(
        "ingest",
        768,
        List.of(
            "--env=TIDEMARK_SECURITY=off-in-private-network", "--env=QUARKUS_HTTP_HOST=0.0.0.0"),
        List.of(),
        "");
  }

  private static BenchContainers.Plan gateway() {
    return new BenchContainers.Plan(
        "gateway",
        512,
        List.of(
            "--env=TIDEMARK_SECURITY=off-in-private-network",
            "--env=TIDEMARK_GATEWAY_ID=g1",
            "--env=TIDEMARK_INGEST_URLS=http://ingest:8080"),
        List.of(),
        "");
  }

  private static BenchContainers.Plan agent(Path config) {
    return new BenchContainers.Plan(
        "agent",
        128,
        List.of("--volume=" + config + ":/etc/tidemark-agent/agent.yaml:ro"),
        List.of(),
        "");
  }

  private static BenchContainers.Plan sim() {
    return new BenchContainers.Plan(
        "sim",
        256,
        List.of(),
        List.of("run", "--gateway=tcp://gateway:1883", "--devices=" + DEVICES, "--rate=1"),
        "");
  }

  private static BenchContainers.Plan demo() {
    return new BenchContainers.Plan(
        "tidemark",
        2048,
        List.of(),
        List.of("demo", "--gateways=1", "--devices=" + DEVICES, "--data=demo"),
        "Dashboard");
  }

  /** Starts them one after the other, and looks at them together. */
  private List<ImagesBenchResult.Image> measure(
      BenchContainers containers, List<BenchContainers.Plan> plans)
      throws IOException, InterruptedException {
    List<Double> startSeconds = new ArrayList<>();
    for (BenchContainers.Plan plan : plans) {
      System.err.println("Starting tidemark/" + plan.image());
      startSeconds.add(containers.start(plan));
    }
    Thread.sleep(idleFor.toMillis());
    List<ImagesBenchResult.Image> images = new ArrayList<>();
    for (int i = 0; i < plans.size(); i++) {
      BenchContainers.Plan plan = plans.get(i);
      images.add(
          ImagesBenchResult.Image.of(
              plan.image(),
              containers.bytes(plan.image()),
              startSeconds.get(i),
              containers.residentBytes(plan.image()),
              containers.memoryBytes(plan.image()),
              plan.memoryMebibytes()));
    }
    return images;
  }
}
