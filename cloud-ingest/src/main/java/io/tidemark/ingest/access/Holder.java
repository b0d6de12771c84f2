package io.tidemark.ingest.access;

/**
 * Whom a request is of, and by which secret.
 *
 * @param kind by what
 * @param name the user's, or the key's
 * @param role what it may do
 * @param hash of the secret, as it is kept
 */
public record Holder(Kind kind, String name, Role role, String hash) {
  /** By what a request is somebody's. */
  public enum Kind {
    /** A cookie; the name is a user's. */
    SESSION,
    /** {@code Authorization: Bearer}; the name is a key's. */
    KEY
  }

  /** As the audit names it. */
  public String who() {
    return kind == Kind.KEY ? "key " + name : name;
  }
}
