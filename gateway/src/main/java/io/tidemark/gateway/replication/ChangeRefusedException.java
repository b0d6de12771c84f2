package io.tidemark.gateway.replication;

/** A change of the members that is not made, with the reason and what to do. */
public final class ChangeRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  ChangeRefusedException(String message) {
    super(message);
  }
}
