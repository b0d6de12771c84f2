package io.tidemark.deploy.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What is looked at at ingest, and what it knows of gateways and agents. For one thread. */
final class IngestCheck {
  /** Nobody can write anything into less than that. */
  static final long FREE_MIN_BYTES = 256L << 20;

  /** The quarantine is taken for full from this part of its bounds on. */
  static final double QUARANTINE_PART_MAX = 0.8;

  /** What waits at a gateway for longer is not only on its way. */
  static final Duration BACKLOG_MAX = Duration.ofMinutes(5);

  /** So many devices are looked at for an agent: each costs a request. */
  static final int AGENTS_MAX = 100;

  private static final int NOT_THERE = 404;
  private static final double PERCENT = 100;
  private static final int HOURS = 2;

  private final Part ingest;
  private final Findings findings;
  private final Facts facts;
  private final int diskLow;

  /**
   * @param diskLow less than this much of the disk free is too little; in percent
   */
  IngestCheck(Part ingest, Findings findings, Facts facts, int diskLow) {
    this.ingest = ingest;
    this.diskLow = diskLow;
    this.findings = findings;
    this.facts = facts;
  }

  /** Looks. False if it does not answer as ingest does. */
  boolean look() throws IOException, InterruptedException {
    if (!ingest.reach(findings)) {
      return false;
    }
    Part.Answer system = ingest.get("/api/v1/system");
    if (!system.isOk()) {
      findings.found(Kind.NOT_LET_IN, ingest.name(), system.words());
      return false;
    }
    facts.said(ingest.name(), system.body().path("software").asText(), system);
    disk(system.body().path("disk"));
    store("rows", system.body().path("rows"));
    store("SQL", system.body().path("sql"));
    ledger(ask("/api/v1/ledger"));
    quarantine(ask("/api/v1/quarantine/summary"));
    ask("/api/v1/gateways").path("items").forEach(this::gateway);
    authority();
    agents();
    return true;
  }

  private JsonNode ask(String path) throws IOException, InterruptedException {
    Part.Answer answer = ingest.get(path);
    if (!answer.isOk()) {
      throw new IOException(path + ": " + answer.words());
    }
    return answer.body();
  }

  private void disk(JsonNode disk) {
    long free = disk.path("freeBytes").asLong();
    long total = disk.path("totalBytes").asLong();
    String what = "%s of %s are free".formatted(Bytes.of(free), Bytes.of(total));
    if (free < FREE_MIN_BYTES) {
      findings.found(Kind.DISK_FULL, ingest.name(), what);
    } else if (free < diskLow / PERCENT * total) {
      findings.found(Kind.DISK_LOW, ingest.name(), what);
    } else {
      findings.ok(Check.DISK, ingest.name(), what);
    }
  }

  private void store(String which, JsonNode store) {
    String what = "%s (%s)".formatted(which, store.path("kind").asText());
    if (store.path("trouble").isTextual()) {
      findings.found(
          Kind.STORE_SILENT, ingest.name(), what + ": " + store.path("trouble").asText());
    } else {
      findings.ok(Check.STORE, ingest.name(), what + " answers");
    }
  }

  private void ledger(JsonNode ledger) {
    JsonNode totals = ledger.path("totals");
    long missing = totals.path("missing").asLong();
    long doubled = totals.path("duplicates").asLong();
    if (missing > 0) {
      findings.found(
          Kind.READINGS_MISSING,
          ingest.name(),
          "%,d of %,d readings are missing".formatted(missing, totals.path("produced").asLong()));
    }
    if (doubled > 0) {
      findings.found(
          Kind.READINGS_DOUBLED, ingest.name(), "%,d rows are there twice".formatted(doubled));
    }
    if (missing == 0 && doubled == 0) {
      findings.ok(
          Check.LEDGER,
          ingest.name(),
          "all of %,d readings are accounted for, %,d wait%s"
              .formatted(
                  totals.path("produced").asLong(),
                  totals.path("waiting").asLong(),
                  ledger.path("duplicatesCheckedAt").isTextual()
                      ? ""
                      : "; duplicates are not counted yet"));
    }
  }

  private void quarantine(JsonNode summary) {
    long items = summary.path("items").asLong();
    long lately = 0;
    List<String> reasons = new ArrayList<>();
    for (JsonNode group : summary.path("groups")) {
      JsonNode hours = group.path("perHour");
      long here = 0;
      for (int i = Math.max(0, hours.size() - HOURS); i < hours.size(); i++) {
        here += hours.path(i).asLong();
      }
      if (here > 0) {
        reasons.add("%s: %,d".formatted(group.path("reason").asText(), here));
        lately += here;
      }
    }
    boolean full =
        items > QUARANTINE_PART_MAX * summary.path("maxItems").asLong(Long.MAX_VALUE)
            || summary.path("bytes").asLong()
                > QUARANTINE_PART_MAX * summary.path("maxBytes").asLong(Long.MAX_VALUE);
    if (full) {
      findings.found(
          Kind.QUARANTINE_FULL,
          ingest.name(),
          "%,d readings of at most %,d are in it"
              .formatted(items, summary.path("maxItems").asLong()));
    }
    if (lately > 0) {
      findings.found(
          Kind.QUARANTINE_GROWS,
          ingest.name(),
          "%,d in this hour and the one before (%s); %,d in all"
              .formatted(lately, String.join(", ", reasons), items));
    } else if (!full) {
      findings.ok(Check.QUARANTINE, ingest.name(), "it does not grow; %,d in all".formatted(items));
    }
  }

  /** As it has told ingest. */
  private void gateway(JsonNode gateway) {
    String id = gateway.path("gateway").asText();
    String where = "gateway " + id;
    if (!gateway.path("member").asBoolean()) {
      return; // it was removed
    }
    facts.doors.putIfAbsent(
        id, new Facts.Door(gateway.path("mqtt").asText(""), gateway.path("coap").asText("")));
    if (gateway.path("version").isTextual()) {
      facts.versions.putIfAbsent(where, gateway.path("version").asText());
    }
    if (gateway.path("state").asText().equals("silent")) {
      findings.found(
          Kind.GATEWAY_SILENT,
          where,
          "ingest has not heard of it since " + gateway.path("heardAt").asText("ever"));
    } else {
      findings.ok(Check.FORWARDING, where, "ingest hears of it");
    }
    if (gateway.path("accessListCurrent").isBoolean()) {
      if (gateway.path("accessListCurrent").asBoolean()) {
        findings.ok(Check.ACCESS_LIST, where, "it has the newest access list");
      } else {
        findings.found(Kind.ACCESS_LIST_OLD, where, "it has not got the newest access list");
      }
    }
    backlog(where, gateway.path("groups"));
  }

  private void backlog(String where, JsonNode groups) {
    for (JsonNode group : groups) {
      String since = group.path("waitingSince").asText("");
      if (group.path("role").asText().equals("leader")
          && !since.isEmpty()
          && Duration.between(Instant.parse(since), Instant.now()).compareTo(BACKLOG_MAX) > 0) {
        findings.found(
            Kind.BACKLOG_OLD,
            where,
            "%,d readings of group %s wait, the oldest since %s"
                .formatted(
                    group.path("waitingReadings").asLong(), group.path("group").asText(), since));
      }
    }
  }

  private void authority() throws IOException, InterruptedException {
    Part.Answer answer = ingest.get("/api/v1/authority");
    if (answer.status() == NOT_THERE) {
      return; // security is off
    }
    // The newest of each: those before are to end.
    JsonNode signs = ask("/api/v1/authority");
    for (String which : List.of("root", "intermediate")) {
      JsonNode newest = signs.path(which + "s").path(0);
      if (newest.path("to").isTextual()) {
        Ends.look(
            ingest.name(),
            "the %s %s".formatted(which, newest.path("name").asText()),
            Instant.parse(newest.path("from").asText()),
            Instant.parse(newest.path("to").asText()),
            Instant.now(),
            findings);
      }
    }
  }

  /** Agents say their version in a reading of their own. */
  private void agents() throws IOException, InterruptedException {
    JsonNode devices = ask("/api/v1/devices?limit=" + AGENTS_MAX).path("items");
    for (JsonNode device : devices) {
      String name = device.path("device").asText();
      String path = "/api/v1/devices/" + URLEncoder.encode(name, StandardCharsets.UTF_8);
      for (JsonNode reading : ask(path + "/latest").path("items")) {
        JsonNode version = reading.path("values").path("version");
        if (reading.path("kind").asText().equals("agent") && version.isTextual()) {
          facts.agents.put(name, version.asText());
        }
      }
    }
  }
}
