package io.tidemark.deploy.doctor;

import org.jspecify.annotations.Nullable;

/**
 * One thing that was looked at.
 *
 * @param check what it was
 * @param kind what is wrong; null if nothing is
 * @param where the part it is about
 * @param what was found there, in words
 */
public record Finding(Check check, @Nullable Kind kind, String where, String what) {
  /** Something that is as it should be. */
  static Finding ok(Check check, String where, String what) {
    return new Finding(check, null, where, what);
  }

  /** Something that is not. */
  static Finding of(Kind kind, String where, String what) {
    return new Finding(kind.check(), kind, where, what);
  }

  /** How bad it is. */
  public Severity severity() {
    return kind == null ? Severity.OK : kind.severity();
  }
}
