package io.tidemark.ingest.access;

/** Somebody whom a provider vouches for may not log in, and why. */
public final class NotLetInException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why; the login page has the words for each. */
  public enum Why {
    /** None of the person's groups has a role here. */
    NO_ROLE("no-role"),
    /** An administrator has disabled the user. */
    DISABLED("disabled"),
    /** The provider says no name, or one that cannot be a user's. */
    NAME("name"),
    /** Another person of this provider came first by that name. */
    NAME_TAKEN("name-taken"),
    /** There are as many users as there may be. */
    FULL("full");

    private final String code;

    Why(String code) {
      this.code = code;
    }

    /** As the metric and the page have it. */
    public String code() {
      return code;
    }
  }

  private final Why why;

  NotLetInException(Why why) {
    super(why.code());
    this.why = why;
  }

  /** Why. */
  public Why why() {
    return why;
  }
}
