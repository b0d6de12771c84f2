package io.tidemark.deploy.doctor;

import java.util.Locale;

/** How bad a finding is, the worst last. */
public enum Severity {
  /** As it should be. */
  OK,
  /** It works, but will not for long, or not all of it was looked at. */
  WARNING,
  /** It does not work. */
  FAULT;

  /** In lower case. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
