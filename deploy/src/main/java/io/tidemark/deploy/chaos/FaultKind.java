package io.tidemark.deploy.chaos;

/** What is done on purpose, and to how many. */
enum FaultKind {
  KILL("kill", Fault.KILL, "kill -9 of gateways"),
  KILL_IN_TURN("kill-in-turn", Fault.KILL, "kill -9 of gateways as soon as another is back"),
  KILL_MAJORITY("kill-majority", Fault.KILL, "kill -9 of a majority of gateways"),
  TEAR("tear", Fault.TEAR, "kill -9 of gateways in the middle of writing"),
  POWER_CUT("power-cut", Fault.TEAR, "kill -9 of all gateways at once in the middle of writing"),
  KILL_INGEST("kill-ingest", Fault.KILL, "kill -9 of ingest"),
  LOSE_DISK("lose-disk", Fault.LOSE_DISK, "kill -9 of gateways, and their disks lost"),
  FREEZE("freeze", Fault.FREEZE, "gateways frozen"),
  RESTART("restart", Fault.RESTART, "gateways stopped in order"),
  ISOLATE("isolate", Fault.ISOLATE, "gateways cut off from the others"),
  UNPLUG("unplug", Fault.UNPLUG, "gateways cut off from everybody"),
  ISOLATE_ALL("isolate-all", Fault.ISOLATE, "all gateways cut off from one another"),
  MUTE("mute", Fault.MUTE, "gateways that the others do not hear"),
  DEAFEN("deafen", Fault.DEAFEN, "gateways that do not hear the others"),
  BRIDGE("bridge", Fault.BRIDGE, "gateways in two halves that hear one other"),
  FLAP("flap", Fault.ISOLATE, "gateways cut off and back, again and again"),
  LOSE_INGEST("lose-ingest", Fault.LOSE_INGEST, "gateways that do not reach ingest"),
  FILL_DISK("fill-disk", Fault.FILL_DISK, "gateways with a full disk"),
  STALL_DISK("stall-disk", Fault.STALL_DISK, "gateways whose disk stands still"),
  CLOCK_AHEAD("clock-ahead", Fault.CLOCK_AHEAD, "gateways whose clock is a day ahead"),
  CLOCK_BEHIND("clock-behind", Fault.CLOCK_BEHIND, "gateways whose clock is a year behind");

  private final String label;
  private final Fault fault;
  private final String description;

  FaultKind(String label, Fault fault, String description) {
    this.label = label;
    this.fault = fault;
    this.description = description;
  }

  /** As it is written in files. */
  String label() {
    return label;
  }

  Fault fault() {
    return fault;
  }

  /** For people. */
  String description() {
    return description;
  }

  boolean isKill() {
    return fault == Fault.KILL || fault == Fault.TEAR || fault == Fault.LOSE_DISK;
  }

  /** True if it is meant to leave the cluster without a majority. */
  boolean takesMajority() {
    return this == KILL_MAJORITY || this == POWER_CUT || this == ISOLATE_ALL;
  }
}
