package io.tidemark.ingest.access;

import org.jspecify.annotations.Nullable;

/**
 * A user, without the password.
 *
 * @param name what one logs in by
 * @param role what the user may do
 * @param enabled false: the user cannot log in, and has no session
 * @param createdAtNanos since when, nanoseconds since 1970 UTC
 * @param passwordAtNanos since when the password is what it is
 * @param loginAtNanos when the user last logged in; null if never
 * @param sessions how many sessions there are
 */
public record User(
    String name,
    Role role,
    boolean enabled,
    long createdAtNanos,
    long passwordAtNanos,
    @Nullable Long loginAtNanos,
    int sessions) {
  /** Whether an OpenID provider knows the user, and says the role; else a password is kept here. */
  public boolean isByOidc() {
    return VouchedUsers.isOne(name);
  }
}
