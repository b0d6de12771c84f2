package io.tidemark.ingest.alerts;

/** A rule that cannot be taken. */
public final class RuleException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String rule;
  private final String value;

  RuleException(String field, String rule, String value) {
    super("%s must be %s, but is \"%s\"".formatted(field, rule, value));
    this.field = field;
    this.rule = rule;
    this.value = value;
  }

  /** The field at fault. */
  public String field() {
    return field;
  }

  /** What it must be. */
  public String rule() {
    return rule;
  }

  /** What it is. */
  public String value() {
    return value;
  }
}
