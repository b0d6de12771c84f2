package io.tidemark.ingest.access;

/** The names of roles, as annotations need them. What people and keys have is a {@link Role}. */
public final class Roles {
  /** Reads. */
  public static final String VIEWER = "viewer";

  /** Changes what is kept of devices, of the quarantine and of alerts, too. */
  public static final String OPERATOR = "operator";

  /** Says who may do what, too. */
  public static final String ADMIN = "admin";

  /** Forwards readings and reports; nothing else, and nobody else does. */
  public static final String GATEWAY = "gateway";

  private Roles() {}
}
