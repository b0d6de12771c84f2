package io.tidemark.deploy.chaos;

import io.tidemark.deploy.pipeline.ChildProcess;

/** What a fault strikes: ingest or a gateway, that can be ended, frozen and started again. */
interface Target {
  /** {@code ingest}, {@code g1}, ... */
  String name();

  /** True if it is this process. */
  boolean is(ChildProcess process);

  boolean isAlive();

  /** Ends it on the spot (SIGKILL); it is gone when this returns. */
  void kill() throws InterruptedException;

  /** Ends it on the spot, and leaves what it was just writing to its log half written. */
  void tear() throws InterruptedException;

  /** Ends it on the spot, and deletes its data folder. */
  void loseDisk() throws InterruptedException;

  /** True if, by what it says, everything committed is on all members' disks, or will be. */
  boolean isWhole() throws InterruptedException;

  /** Asks it to end (SIGTERM), which takes its time. */
  void terminate() throws InterruptedException;

  /** Starts it again; it is ready later. */
  void start() throws InterruptedException;

  /** Stops it where it is (SIGSTOP). */
  void freeze() throws InterruptedException;

  /** Lets it go on (SIGCONT). */
  void thaw() throws InterruptedException;

  /** True if it says that it is ready, and, if it is a gateway, that it hears all others. */
  boolean isReady() throws InterruptedException;

  /** Why it is not ready, or why it ended, as far as it says so. */
  String trouble() throws InterruptedException;

  /** From now on the other gateways do not reach it, nor it them. */
  void isolate() throws InterruptedException;

  /** From now on nobody reaches it, nor it anybody. */
  void unplug() throws InterruptedException;

  /** From now on the other gateways do not hear it, but it hears them. */
  void mute() throws InterruptedException;

  /** From now on it does not hear the other gateways, but they hear it. */
  void deafen() throws InterruptedException;

  /** From now on it and this one do not reach each other. */
  void part(Target other) throws InterruptedException;

  /** From now on it does not reach ingest. */
  void loseIngest() throws InterruptedException;

  /** It reaches everybody again, and everybody it. */
  void rejoin() throws InterruptedException;

  /** From now on nothing more fits on its disk. */
  void fillDisk() throws InterruptedException;

  /** There is room on its disk again; where it says that only a restart helps, it gets one. */
  void makeRoom() throws InterruptedException;

  /** From now on it waits where it writes to its disk. */
  void stallDisk() throws InterruptedException;

  /** Its disk takes what it writes again. */
  void resumeDisk() throws InterruptedException;

  /** From now on its clock is a day ahead. */
  void clockAhead();

  /** From now on its clock is a year behind. */
  void clockBehind();

  /** Its clock is right again. */
  void clockRight();
}
