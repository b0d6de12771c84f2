package io.tidemark.deploy.doctor;

import static io.tidemark.deploy.doctor.Severity.FAULT;
import static io.tidemark.deploy.doctor.Severity.WARNING;

import java.util.Locale;

/** All that can be found wrong, and what to do about each. */
public enum Kind {
  NAME_UNKNOWN(
      Check.REACH, FAULT, "correct the name, or have DNS know it (or /etc/hosts of this machine)"),
  NOT_LISTENING(
      Check.REACH,
      FAULT,
      "start it; if it runs: is the port right, and does a firewall let this machine through?"),
  TLS_REFUSED(
      Check.REACH,
      FAULT,
      "give --authority the root.pem of this deployment's ingest; name the host as its certificate does"),
  NO_ANSWER(
      Check.REACH,
      FAULT,
      "look at its log, and at the load of its machine; restart it if it hangs"),
  NOT_LIVE(Check.REACH, FAULT, "restart it: it says itself that only that helps"),
  NOT_READY(Check.REACH, FAULT, "do what it says; its log has more"),
  NOT_LET_IN(
      Check.REACH,
      WARNING,
      "give --api-key-file a key of a viewer, --gateway-token-file the word of the gateways' viewer-token-file"),
  NOT_ASKED(Check.REACH, WARNING, "name its HTTP address, too: --gateway https://host:8444"),
  CERTIFICATE_ENDS(
      Check.CERTIFICATE,
      WARNING,
      "see why it is not renewed: its log; of an intermediate: put root.key back into ingest's folder identity; of a root: make another"),
  VERSIONS_DIFFER(
      Check.VERSION, WARNING, "finish the upgrade: bring all gateways and ingests to one version"),
  AGENTS_DIFFER(Check.VERSION, WARNING, "upgrade the agents that are behind"),
  CLOCK_OFF(
      Check.CLOCK,
      WARNING,
      "have NTP set that machine's clock (timedatectl set-ntp true), and see that it can"),
  DISK_LOW(Check.DISK, WARNING, "make room, or give it a larger disk"),
  DISK_FULL(
      Check.DISK, FAULT, "make room now: devices are told to try later, or rows are not stored"),
  LOG_FILLS(
      Check.DISK,
      WARNING,
      "see why ingest does not take it; until then the gateways' disks carry it, up to tidemark.log.max-bytes"),
  STORE_SILENT(
      Check.STORE,
      FAULT,
      "start that store, or correct where ingest looks for it; readings wait at the gateways"),
  CANNOT_COMMIT(
      Check.QUORUM,
      FAULT,
      "bring a majority of its cluster's gateways back, with their data folders"),
  GATEWAY_DOWN(
      Check.QUORUM,
      FAULT,
      "start it again with its data folder; if that is lost, with an empty one"),
  NO_LEADER(
      Check.QUORUM,
      FAULT,
      "wait five seconds and look again; if it stays: see which gateways do not reach each other"),
  NOT_SETTLED(
      Check.QUORUM,
      WARNING,
      "wait until the new members are filled up; start those that are not alive"),
  MEMBER_BEHIND(
      Check.QUORUM, WARNING, "wait until it has caught up, and restart no other one meanwhile"),
  GATEWAY_TROUBLE(Check.QUORUM, FAULT, "do what it says; then restart that gateway"),
  GATEWAY_SILENT(
      Check.FORWARDING,
      FAULT,
      "if it runs: see that it reaches ingest (tidemark.ingest.urls, a firewall, its certificate)"),
  BACKLOG_OLD(
      Check.FORWARDING,
      WARNING,
      "see why ingest does not take it: its stores, and the gateway's log"),
  READINGS_MISSING(
      Check.LEDGER,
      FAULT,
      "see which: the device's page, or /api/v1/devices/DEVICE/ledger, names each number"),
  READINGS_DOUBLED(
      Check.LEDGER,
      FAULT,
      "count again (./tidemark ledger); if it stays, keep the rows as they are and report it"),
  QUARANTINE_GROWS(
      Check.QUARANTINE,
      WARNING,
      "see the quarantine's page for reason and devices; put it right, then replay or discard"),
  QUARANTINE_FULL(
      Check.QUARANTINE, FAULT, "replay or discard: beyond its bounds the oldest items are dropped"),
  ACCESS_LIST_OLD(
      Check.ACCESS_LIST,
      WARNING,
      "see that it reaches ingest or another gateway: whoever is shut out may still come in there"),
  PROBE_SKIPPED(
      Check.PROBE,
      WARNING,
      "name --identity DIR, the first time with --enrolment-token-file FILE (token create --role device --name tidemark-doctor)"),
  PROBE_IDENTITY(
      Check.PROBE,
      FAULT,
      "have a token made for this name, and give it with --enrolment-token-file; see also the finding"),
  PROBE_REFUSED(
      Check.PROBE,
      FAULT,
      "no device gets readings in there: see the gateway's log, and the port's firewall"),
  PROBE_NO_ROW(
      Check.PROBE,
      FAULT,
      "the gateway has it and no row is seen: see the gateway's backlog, then ingest's log"),
  PROBE_SLOW(Check.PROBE, WARNING, "see the backlog, and the load of gateways, ingest and stores"),
  PROBE_UNACCOUNTED(
      Check.PROBE, FAULT, "see /api/v1/devices/tidemark-doctor/ledger: it names the numbers");

  private final Check check;
  private final Severity severity;
  private final String todo;

  Kind(Check check, Severity severity, String todo) {
    this.check = check;
    this.severity = severity;
    this.todo = todo;
  }

  /** What is looked at. */
  Check check() {
    return check;
  }

  /** How bad it is. */
  public Severity severity() {
    return severity;
  }

  /** What to do. */
  public String todo() {
    return todo;
  }

  /** For scripts: in lower case, its words joined by a dash. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
