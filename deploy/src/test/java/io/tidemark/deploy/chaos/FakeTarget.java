package io.tidemark.deploy.chaos;

import io.tidemark.deploy.pipeline.ChildProcess;
import java.util.List;

/** A process that does what it is told at once, unless it is set not to. */
final class FakeTarget implements Target {
  private final String name;
  private final List<String> calls;

  boolean alive = true;
  boolean frozen;
  boolean ready = true;

  /** Whether its cluster has everything on all disks. */
  boolean whole = true;

  /** Whether SIGTERM ends it; else it goes on as before. */
  boolean obeys = true;

  /** Whether it is ready as soon as it is started or thawed. */
  boolean quick = true;

  FakeTarget(String name, List<String> calls) {
    this.name = name;
    this.calls = calls;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean is(ChildProcess process) {
    return process.name().equals(name);
  }

  @Override
  public boolean isAlive() {
    return alive;
  }

  @Override
  public void kill() {
    calls.add("kill " + name);
    alive = false;
    ready = false;
  }

  @Override
  public void tear() {
    calls.add("tear " + name);
    alive = false;
    ready = false;
  }

  @Override
  public void loseDisk() {
    calls.add("lose-disk " + name);
    alive = false;
    ready = false;
  }

  @Override
  public boolean isWhole() {
    return whole;
  }

  @Override
  public void terminate() {
    calls.add("terminate " + name);
    alive = !obeys;
    ready = !obeys;
  }

  @Override
  public void start() {
    calls.add("start " + name);
    alive = true;
    ready = quick;
  }

  @Override
  public void freeze() {
    calls.add("freeze " + name);
    frozen = true;
    ready = false;
  }

  @Override
  public void thaw() {
    calls.add("thaw " + name);
    frozen = false;
    ready = quick;
  }

  @Override
  public void isolate() {
    calls.add("isolate " + name);
    ready = false;
  }

  @Override
  public void unplug() {
    calls.add("unplug " + name);
    ready = false;
  }

  @Override
  public void mute() {
    calls.add("mute " + name);
    ready = false;
  }

  @Override
  public void deafen() {
    calls.add("deafen " + name);
    ready = false;
  }

  @Override
  public void part(Target other) {
    calls.add("part " + name + " " + other.name());
  }

  @Override
  public void loseIngest() {
    calls.add("lose-ingest " + name);
  }

  @Override
  public void rejoin() {
    calls.add("rejoin " + name);
    ready = quick;
  }

  @Override
  public void fillDisk() {
    calls.add("fill " + name);
    ready = false;
  }

  @Override
  public void makeRoom() {
    calls.add("make room for " + name);
    ready = quick;
  }

  @Override
  public void stallDisk() {
    calls.add("stall " + name);
    ready = false;
  }

  @Override
  public void resumeDisk() {
    calls.add("resume " + name);
    ready = quick;
  }

  @Override
  public void clockAhead() {
    calls.add("ahead " + name);
  }

  @Override
  public void clockBehind() {
    calls.add("behind " + name);
  }

  @Override
  public void clockRight() {
    calls.add("right " + name);
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  @Override
  public String trouble() {
    return alive ? "no majority" : "log does not open";
  }
}
