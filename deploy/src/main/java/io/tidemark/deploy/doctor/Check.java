package io.tidemark.deploy.doctor;

import java.util.Locale;

/** What is looked at, in the order in which it is shown. */
enum Check {
  REACH,
  CERTIFICATE,
  VERSION,
  CLOCK,
  DISK,
  STORE,
  QUORUM,
  FORWARDING,
  LEDGER,
  QUARANTINE,
  ACCESS_LIST,
  PROBE;

  /** In lower case, its words joined by a dash. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
