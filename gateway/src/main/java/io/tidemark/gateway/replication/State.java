package io.tidemark.gateway.replication;

/**
 * Whether a log can commit.
 *
 * @param role what it is doing
 * @param detail the same in words, with what to do where something is to be done
 */
public record State(Role role, String detail) {
  /** What a log is doing. */
  public enum Role {
    /** No leader that is known and answers: proposals are turned away. */
    ELECTING,
    /** Another gateway leads; here proposals are turned away. */
    FOLLOWING,
    /** Another gateway leads, and proposals are passed to it. */
    PASSING,
    /** Leads, and commits. */
    LEADING,
    /** The leader has no room for more; what it has can be forwarded. */
    FULL,
    /** Leads, but its disk stands still, so that it commits nothing. */
    STALLED,
    /** Is of the cluster no more. */
    DEPARTED,
    /** Cannot go on without a restart. */
    FAILED
  }

  /** True if a proposal made now can be expected to commit. */
  public boolean canCommit() {
    return role == Role.LEADING || role == Role.PASSING;
  }
}
