package io.tidemark.deploy.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.GatewayService;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Refusals;
import io.tidemark.deploy.pipeline.Service;
import io.tidemark.deploy.pipeline.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A process of a pipeline. What a gateway counts goes with it, so that is looked at before. */
final class ServiceTarget implements Target {
  /** How long a gateway that can write no more may take to stop. */
  private static final Duration STOP_MAX = Duration.ofSeconds(20);

  private final String name;
  private final Service service;
  private final Surroundings surroundings;
  private final @Nullable Refusals refusals;
  private final @Nullable Path data;
  private final Http http;

  private ServiceTarget(
      String name,
      Service service,
      Surroundings surroundings,
      @Nullable Refusals refusals,
      @Nullable Path data,
      Http http) {
    this.name = name;
    this.service = service;
    this.surroundings = surroundings;
    this.refusals = refusals;
    this.data = data;
    this.http = http;
  }

  static Target ingest(Pipeline pipeline) {
    return new ServiceTarget(
        FaultPlan.INGEST,
        pipeline.ingestService(),
        pipeline.surroundings(),
        null,
        null,
        pipeline.http());
  }

  static Target gateway(Pipeline pipeline, GatewayService gateway) {
    return new ServiceTarget(
        gateway.id(),
        gateway.service(),
        pipeline.surroundings(),
        pipeline.refusals(),
        gateway.data(),
        pipeline.gatewayHttp());
  }

  private ChildProcess process() {
    return service.process();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean is(ChildProcess process) {
    return process == process();
  }

  @Override
  public boolean isAlive() {
    return process().isAlive();
  }

  @Override
  public void kill() throws InterruptedException {
    lookBefore();
    process().kill();
  }

  @Override
  public void tear() throws InterruptedException {
    lookBefore();
    process().freeze();
    surroundings.disks().snapshot(name);
    process().kill();
    surroundings.disks().restore(name);
    harm(TornWrite::into);
  }

  @Override
  public void loseDisk() throws InterruptedException {
    kill();
    harm(Folders::delete);
  }

  /** What is done to a data folder. */
  private interface ToData {
    void on(Path data) throws IOException;
  }

  private void harm(ToData how) {
    if (data == null) {
      throw new IllegalStateException(name + " has no data folder to harm");
    }
    try {
      how.on(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isWhole() throws InterruptedException {
    try {
      for (JsonNode group : http.get(service.url() + "/api/v1/cluster").path("groups")) {
        if (!group.path("settled").asBoolean()) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void terminate() throws InterruptedException {
    lookBefore();
    process().terminate();
  }

  private void lookBefore() throws InterruptedException {
    if (refusals == null) {
      return;
    }
    try {
      refusals.look(service);
    } catch (IOException e) {
      // It says nothing, so what it counted last is all there is.
    }
  }

  @Override
  public void start() {
    process().start();
  }

  @Override
  public void freeze() throws InterruptedException {
    process().freeze();
  }

  @Override
  public void thaw() throws InterruptedException {
    process().thaw();
  }

  @Override
  public void isolate() throws InterruptedException {
    surroundings.network().isolate(name);
  }

  @Override
  public void unplug() throws InterruptedException {
    surroundings.network().unplug(name);
  }

  @Override
  public void mute() throws InterruptedException {
    surroundings.network().mute(name);
  }

  @Override
  public void deafen() throws InterruptedException {
    surroundings.network().deafen(name);
  }

  @Override
  public void part(Target other) throws InterruptedException {
    surroundings.network().part(name, other.name());
  }

  @Override
  public void loseIngest() throws InterruptedException {
    surroundings.network().loseIngest(name);
  }

  @Override
  public void rejoin() throws InterruptedException {
    surroundings.network().rejoin(name);
  }

  @Override
  public void fillDisk() throws InterruptedException {
    surroundings.disks().fill(name);
  }

  @Override
  public void makeRoom() throws InterruptedException {
    surroundings.disks().makeRoom(name);
    if (service.needsRestart()) {
      terminate();
      if (!process().waitFor(STOP_MAX)) {
        process().kill();
      }
      start();
    }
  }

  @Override
  public void stallDisk() throws InterruptedException {
    surroundings.disks().stall(name);
  }

  @Override
  public void resumeDisk() throws InterruptedException {
    surroundings.disks().resume(name);
  }

  @Override
  public void clockAhead() {
    surroundings.clocks().set(name, Duration.ofDays(1));
  }

  @Override
  public void clockBehind() {
    surroundings.clocks().set(name, Duration.ofDays(-365));
  }

  @Override
  public void clockRight() {
    surroundings.clocks().set(name, Duration.ZERO);
  }

  @Override
  public boolean isReady() throws InterruptedException {
    return service.isReady() && outOfTouch().isEmpty();
  }

  /** Which gateways it does not hear, in words; empty if it hears all, or is none. */
  private String outOfTouch() throws InterruptedException {
    if (data == null) {
      return "";
    }
    List<String> silent = new ArrayList<>();
    try {
      for (JsonNode member : http.get(service.url() + "/api/v1/cluster").path("members")) {
        if (!member.path("alive").asBoolean()) {
          silent.add(member.path("gateway").asText());
        }
      }
    } catch (IOException e) {
      return "it does not say whom it hears: " + e.getMessage();
    }
    return silent.isEmpty() ? "" : "it does not hear " + String.join(", ", silent);
  }

  @Override
  public String trouble() throws InterruptedException {
    if (!isAlive()) {
      return process().errors();
    }
    return service.isReady() ? outOfTouch() : service.trouble();
  }
}
