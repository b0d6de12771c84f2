package io.tidemark.ingest.audit;

import java.util.Arrays;
import java.util.Optional;

/** What can be done that is recorded. */
public enum What {
  LOGIN("login"),
  LOGIN_FAILED("login.failed"),
  LOGOUT("logout"),
  PASSWORD("password.change"),
  SETUP("setup"),
  USER_MADE("user.make"),
  USER_CHANGED("user.change"),
  USER_DELETED("user.delete"),
  KEY_MADE("key.make"),
  KEY_REVOKED("key.revoke"),
  TOKEN_MADE("token.make"),
  TOKEN_WITHDRAWN("token.withdraw"),
  ENROLLED("enrol"),
  ROOT_MADE("root.make"),
  ROOT_RETIRED("root.retire"),
  SECRET_MADE("secret.make"),
  SECRET_WITHDRAWN("secret.withdraw"),
  SHUT_OUT("shut-out"),
  LET_IN("let-in"),
  REGISTRY("registry.change"),
  REPLAY("quarantine.replay"),
  DISCARD("quarantine.discard"),
  REBUILD("ledger.rebuild"),
  BACKUP("backup.make"),
  RULE_MADE("rule.make"),
  RULE_CHANGED("rule.change"),
  RULE_DELETED("rule.delete"),
  RULE_TESTED("rule.test");

  private final String code;

  What(String code) {
    this.code = code;
  }

  /** As the database, the API and the page have it. */
  public String code() {
    return code;
  }

  /** The one with this code. */
  public static Optional<What> of(String code) {
    return Arrays.stream(values()).filter(one -> one.code.equals(code)).findFirst();
  }
}
